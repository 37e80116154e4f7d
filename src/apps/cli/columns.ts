/** Rows of cells as text in columns, two spaces apart; the last column keeps its own length. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => length(row[at] ?? ""))));
  return rows
    .map((row) => row.map((cell, at) => cell + " ".repeat((widths[at] ?? 0) - length(cell))).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

/** Letters and not UTF-16 units: an accent may be a unit of its own. */
const length = (text: string): number => [...text.normalize("NFC")].length;
