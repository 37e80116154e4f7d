/** Lines on a terminal that are drawn over in place. */
import type { Terminal } from "../../core/ports.ts";
import { displayWidth } from "../../report/display-width.ts";

export interface LiveBlock {
  /** Draws over what was drawn before. Lines must be narrower than the terminal. */
  draw(lines: readonly DrawnLine[]): void;
  /** Takes the block away, so that something can be written where it was. */
  clear(): void;
  /** Leaves it where it is; what is written next comes below, over the `^C` that a terminal may have shown there. */
  leave(): void;
}

export interface DrawnLine {
  readonly text: string;
  /** The text with its colours; they take no room. */
  readonly painted: string;
}

/** Control sequences of ECMA-48, 8.3: cursor up, erase to the end of the line, of the page. */
const up = (rows: number): string => (rows > 0 ? `\u001b[${rows}A` : "");
const REST_OF_LINE = "\u001b[K";
const REST_OF_PAGE = "\u001b[J";

/**
 * Each frame is one write that overwrites line by line and erases only what is left over: nothing is ever blank. The
 * cursor rests below the block and is never hidden, so that no end, not even a kill, leaves the terminal without it.
 */
export function liveBlock(terminal: Pick<Terminal, "writeErr" | "columns">): LiveBlock {
  let drawn: readonly string[] = [];
  /** Where the terminal became narrower, it has wrapped what was drawn. */
  const height = (): number =>
    drawn.reduce((rows, text) => rows + Math.max(1, Math.ceil(displayWidth(text) / terminal.columns)), 0);
  return {
    draw(lines) {
      const frame = lines.map(({ painted }) => `${painted}${REST_OF_LINE}\n`).join("");
      terminal.writeErr(`\r${up(height())}${frame}${REST_OF_PAGE}`);
      drawn = lines.map(({ text }) => text);
    },
    clear() {
      if (drawn.length > 0) terminal.writeErr(`\r${up(height())}${REST_OF_PAGE}`);
      drawn = [];
    },
    leave() {
      terminal.writeErr(`\r${REST_OF_PAGE}`);
      drawn = [];
    },
  };
}
