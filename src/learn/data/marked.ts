/** Tokens with what is learned of them, and how they are cut. */

export interface Marked {
  readonly ids: readonly number[];
  /** Rising, apart: [first, last + 1] of tokens that are learned. */
  readonly spans: readonly (readonly [start: number, end: number])[];
}

/** How many tokens two sequences have in common from their start. */
export function sharedStart(a: readonly number[], b: readonly number[]): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
}

export const cutTo = ({ ids, spans }: Marked, length: number): Marked =>
  ids.length <= length
    ? { ids, spans }
    : { ids: ids.slice(0, length), spans: spans.map(([start, end]) => [start, Math.min(end, length)]) };

/** Windows share one token: the last of one is what the first label of the next is learned from. */
export function windows({ ids, spans }: Marked, length: number): readonly Marked[] {
  const count = Math.max(1, Math.ceil((ids.length - 1) / (length - 1)));
  return Array.from({ length: count }, (_, at) => {
    const from = at * (length - 1);
    return {
      ids: ids.slice(from, from + length),
      spans: spans.map(([start, end]) => [Math.max(0, start - from), Math.min(length, end - from)] as const),
    };
  });
}

/** 1 where a token is learned; never at the first one, which nothing comes before. */
export function keptOf(length: number, spans: Marked["spans"]): Uint8Array {
  const kept = new Uint8Array(length);
  for (const [start, end] of spans) if (end > start) kept.fill(1, start, end);
  kept[0] = 0;
  return kept;
}
