/** @returns shortest, median, 95 % and longest. */
export function spreadOf(lengths: readonly number[]): readonly [number, number, number, number] {
  const sorted = lengths.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  return [at(0), at(0.5), at(0.95), at(1)];
}
