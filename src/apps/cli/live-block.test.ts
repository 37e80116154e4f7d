import fc from "fast-check";
import { expect, test } from "vitest";
import { liveBlock } from "./live-block.ts";

const ESCAPE = "\u001b";

/** A terminal that knows what the block uses: it scrolls nothing, and wraps nothing. */
function screen() {
  const lines: string[] = [""];
  let row = 0;
  let column = 0;
  const put = (character: string): void => {
    lines[row] =
      (lines[row] ?? "").padEnd(column).slice(0, column) + character + (lines[row] ?? "").slice(column + 1);
    column++;
  };
  return {
    columns: 80,
    writeErr(text: string) {
      for (const [token, rows] of text.replaceAll(ESCAPE, "\\e").matchAll(/\\e\[(\d*)[AKJ]|[\s\S]/g)) {
        if (token === "\r") column = 0;
        else if (token === "\n") [row, column] = [row + 1, 0];
        else if (token.endsWith("A") && token.startsWith("\\e")) row -= Number(rows);
        else if (token === "\\e[K") lines[row] = (lines[row] ?? "").slice(0, column);
        else if (token === "\\e[J") lines.splice(row, lines.length, (lines[row] ?? "").slice(0, column));
        else put(token);
        lines[row] ??= "";
      }
    },
    shown: () => lines.join("\n"),
  };
}
const drawn = (lines: readonly string[]) => lines.map((text) => ({ text, painted: text }));

test("the screen shows the last frame and nothing of those before, whatever their sizes", () => {
  const frame = fc.array(fc.stringMatching(/^[a-z ]{0,30}$/), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1 }), (frames) => {
      const terminal = screen();
      const block = liveBlock(terminal);
      terminal.writeErr("$ frugal monitor\n");
      for (const lines of frames) block.draw(drawn(lines));
      expect(terminal.shown()).toBe(["$ frugal monitor", ...frames.at(-1)!, ""].join("\n"));
      block.clear();
      expect(terminal.shown()).toBe("$ frugal monitor\n");
    }),
  );
});

test("what is written after it was left stands below, over the echo of Ctrl+C", () => {
  const terminal = screen();
  const block = liveBlock(terminal);
  block.draw(drawn(["power 1 W"]));
  terminal.writeErr("^C");
  block.leave();
  terminal.writeErr("energy\n");
  expect(terminal.shown()).toBe("power 1 W\nenergy\n");
});

test("a frame is one write that never hides the cursor", () => {
  const writes: string[] = [];
  const block = liveBlock({ columns: 80, writeErr: (text) => writes.push(text) });
  block.draw(drawn(["a", "b"]));
  block.draw(drawn(["c"]));
  expect(writes).toHaveLength(2);
  expect(writes.join("")).not.toContain("?25l");
});

test("lines that a narrower terminal has wrapped are counted as it shows them", () => {
  const writes: string[] = [];
  const terminal = { columns: 80, writeErr: (text: string) => writes.push(text) };
  const block = liveBlock(terminal);
  block.draw(drawn(["x".repeat(70), "y"]));
  terminal.columns = 40;
  block.draw(drawn(["z"]));
  expect(writes.at(-1)).toContain(`${ESCAPE}[3A`);
});
