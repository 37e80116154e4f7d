/** A series as one line of block characters, for a terminal. */
const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** The lowest block is 0, the highest the greatest value; a value that is not known leaves a gap. */
export function blockChart(values: readonly (number | undefined)[]): string {
  const most = Math.max(0, ...values.filter((value) => value !== undefined));
  return values
    .map((value) => {
      if (value === undefined) return " ";
      const step = most > 0 ? Math.round((Math.max(0, value) / most) * (BLOCKS.length - 1)) : 0;
      return BLOCKS[step]!;
    })
    .join("");
}
