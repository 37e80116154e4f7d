/** Which parts of a training text are learned, on one line of a terminal. */
import { printable } from "./printable.ts";

export interface MaskPart {
  readonly text: string;
  readonly kept: boolean;
}

const GREEN = "\u001b[32m";
const DIM = "\u001b[2m";
const RESET = "\u001b[0m";

/**
 * What is learned is green, the rest dim; without colour it stands in brackets: `user: hi ⟦ho⟧`. Line breaks are shown as ↵.
 * @param most characters of a part; the middle of a longer one is left out.
 */
export function labelMaskLine(
  parts: readonly MaskPart[],
  { colour, most = 400 }: { colour: boolean; most?: number },
): string {
  return parts
    .map(({ text, kept }) => {
      const shown = printable(shortened(text, most).replaceAll(/\r?\n/g, "↵"));
      if (colour) return `${kept ? GREEN : DIM}${shown}${RESET}`;
      return kept ? `⟦${shown}⟧` : shown;
    })
    .join("");
}

function shortened(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const half = Math.floor((most - 3) / 2);
  return `${characters.slice(0, half).join("")} … ${characters.slice(-half).join("")}`;
}
