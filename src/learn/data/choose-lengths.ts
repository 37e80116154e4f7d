/** Few lengths to which rows are filled up: a graph is built for each, and filling costs what text costs. */

export interface LengthOptions {
  /** Most lengths. */
  readonly most?: number;
  /** Lengths are multiples of it. */
  readonly multiple?: number;
}

const MOST_LENGTHS = 4;
/** Products of matrices are fastest where their sides fill whole registers. */
export const MULTIPLE = 8;

/**
 * The rising lengths, the largest at least that of the longest row, that make the fewest tokens when every row is filled up to the
 * next one. Exact, by dynamic programming over the lengths that there are.
 */
export function chooseLengths(
  rows: readonly number[],
  { most = MOST_LENGTHS, multiple = MULTIPLE }: LengthOptions = {},
): readonly number[] {
  const counts = new Map<number, number>();
  for (const row of rows) {
    const length = Math.max(1, Math.ceil(row / multiple)) * multiple;
    counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  const lengths = [...counts.keys()].sort((a, b) => a - b);
  /** Rows of the first `at` lengths. */
  const before = [0];
  for (const length of lengths) before.push(before.at(-1)! + counts.get(length)!);

  interface Choice {
    readonly tokens: number;
    readonly chosen: readonly number[];
  }
  /** The best for the first `at` lengths, with one more chosen in each round. */
  let best: readonly (Choice | undefined)[] = [{ tokens: 0, chosen: [] }, ...lengths.map(() => undefined)];
  for (let round = 0; round < Math.min(most, lengths.length); round++) {
    best = best.map((old, at) => {
      let choice = old;
      for (let from = 0; from < at; from++) {
        const start = best[from];
        if (start === undefined) continue;
        const length = lengths[at - 1]!;
        const tokens = start.tokens + length * (before[at]! - before[from]!);
        if (choice === undefined || tokens < choice.tokens)
          choice = { tokens, chosen: [...start.chosen, length] };
      }
      return choice;
    });
  }
  return best.at(-1)?.chosen ?? [];
}
