/** Comma- or tab-separated values with column names in the first record. */
import { csvRecords } from "../csv.ts";
import { badRow, type DataRow, type DataTable, dataTable, shortened } from "./data-table.ts";

const SEPARATORS = [",", "\t", ";", "|"] as const;

/** @param separator found in the first record unless given. @throws "bad-data" with line and a repaired example; "empty-input". */
export function csvTable(name: string, text: string, separator: string = separatorOf(text)): DataTable {
  let header: readonly string[] | undefined;
  const rows: DataRow[] = [];
  for (const { line, cells, open } of csvRecords(text, separator)) {
    if (open) {
      throw badRow(
        name,
        `line ${line}`,
        "a quote is opened and never closed",
        'close it; a quote inside a text in quotes is written twice: "He said ""yes"""',
      );
    }
    if (header === undefined) {
      header = cells.map((cell) => cell.trim());
      const twice = header.find((column, at) => header?.indexOf(column) !== at);
      if (twice !== undefined) {
        throw badRow(
          name,
          `line ${line}`,
          `two columns are named "${twice}"`,
          "give each column a name of its own",
        );
      }
      continue;
    }
    if (cells.length !== header.length) throw unevenRow(name, line, { header, cells, separator });
    rows.push({ at: line, values: Object.fromEntries(header.map((column, at) => [column, cells[at]!])) });
  }
  return dataTable(name, "csv", rows, header);
}

function separatorOf(text: string): string {
  const [first] = text.split("\n", 1);
  const counts = SEPARATORS.map((one) => first!.split(one).length);
  return SEPARATORS[counts.indexOf(Math.max(...counts))]!;
}

function unevenRow(
  name: string,
  line: number,
  { header, cells, separator }: { header: readonly string[]; cells: readonly string[]; separator: string },
): Error {
  const extra = cells.length - header.length;
  const whole =
    extra > 0 ? joinedCells(cells, extra, separator) : [...cells, ...Array<string>(-extra).fill("?")];
  const example = shortened(whole.join(separator));
  return badRow(
    name,
    `line ${line}`,
    `it has ${cells.length} cells, and there are ${header.length} columns: ${header.join(", ")}`,
    extra > 0
      ? `put texts with a separator inside in quotes, for instance: ${example}`
      : `add what is missing, for instance: ${example}`,
  );
}

/** One text was most likely cut into these: where pieces begin with a space, as behind a comma; the longest where several do. */
function joinedCells(cells: readonly string[], extra: number, separator: string): readonly string[] {
  const choices = cells.slice(extra).map((_, from) => {
    const pieces = cells.slice(from, from + extra + 1);
    const spaced = pieces.slice(1).filter((piece) => piece.startsWith(" ")).length;
    const joined = pieces.join(separator);
    const quoted = `"${joined.replaceAll('"', '""')}"`;
    return {
      spaced,
      size: joined.length,
      cells: [...cells.slice(0, from), quoted, ...cells.slice(from + extra + 1)],
    };
  });
  return choices.sort((a, b) => b.spaced - a.spaced || b.size - a.size)[0]!.cells;
}
