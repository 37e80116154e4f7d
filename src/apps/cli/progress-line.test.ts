import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { progressLine } from "./progress-line.ts";

const ESCAPE = "\u001b";

test("a live line never wraps, however long its phase is called", () => {
  const world = fakeWorld({ terminal: { errIsTerminal: true, columns: 80 } });
  const line = progressLine(world.terminal, world.clock);
  line.report({ kind: "phase", name: "opening ".repeat(40), total: 10, unit: "texts" });
  for (let done = 1; done <= 10; done++) {
    world.clock.advance(1);
    line.report({ kind: "advance", done, energyJ: done });
  }
  line.clear();
  const drawn = world.err().split(`\r${ESCAPE}[2K`);
  expect(drawn.length).toBeGreaterThan(10);
  expect(drawn.at(-1)).toBe("");
  // The 80th column makes some terminals wrap.
  expect(drawn.filter((text) => text.length >= 80 || text.includes("\n"))).toEqual([]);
});

test("without a terminal there is a plain line per phase, and no control sequence", () => {
  const world = fakeWorld();
  const line = progressLine(world.terminal, world.clock);
  line.report({ kind: "phase", name: "running", total: 2 });
  for (const done of [1, 2]) line.report({ kind: "advance", done });
  line.report({ kind: "note", text: "done" });
  line.clear();
  expect(world.err()).toBe("running\ndone\n");
});

test("bar, count, time left and energy so far stand in the line", () => {
  const world = fakeWorld({ terminal: { errIsTerminal: true, columns: 100 } });
  const line = progressLine(world.terminal, world.clock);
  line.report({ kind: "phase", name: "running", total: 4, unit: "texts" });
  world.clock.advance(3);
  line.report({ kind: "advance", done: 1, energyJ: 3.6 });
  expect(world.err()).toContain("running  [#####               ]  1/4 texts  ETA 9 s  1 mWh");
});
