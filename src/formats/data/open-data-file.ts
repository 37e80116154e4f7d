/** A file of examples as rows, whichever format it is in. */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { fileSize, type RangedFiles, unreadable } from "../file-range.ts";
import { textLines } from "../text-lines.ts";
import { csvTable } from "./csv-table.ts";
import { type DataTable, dataTable } from "./data-table.ts";
import { jsonTable } from "./json-table.ts";
import { parquetTable } from "./parquet-table.ts";

export type DataFiles = RangedFiles & Pick<Files, "stream">;

/** Text files are held in memory as a whole; V8's longest string has 512 MiB. */
export const LARGEST_TEXT_BYTES: number = 256 * 1024 * 1024;

const TEXT_TABLES: Readonly<Record<string, (name: string, text: string) => DataTable>> = {
  csv: csvTable,
  tsv: (name, text) => csvTable(name, text, "\t"),
  tab: (name, text) => csvTable(name, text, "\t"),
  json: jsonTable,
  jsonl: jsonTable,
  ndjson: jsonTable,
};
const REFUSED: Readonly<Record<string, string>> = {
  gz: "gunzip it first",
  zst: "decompress it first: zstd -d FILE",
  zip: "unpack it first",
  arrow: "save it as Parquet or JSON Lines: dataset.to_parquet(FILE) in the Python library datasets",
  xlsx: "save the sheet as CSV",
};

/**
 * The name's ending tells the format: CSV, TSV, JSON, JSON Lines, Parquet; lines of text where there is no other.
 * @throws "file-missing", "file-unreadable", "not-utf8", "unsupported-input"; "bad-data" with the place of what is wrong; "empty-input".
 */
export async function openDataFile(files: DataFiles, path: string): Promise<DataTable> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  const refused = REFUSED[ending];
  if (refused !== undefined) {
    throw new FrugalError({
      code: "unsupported-input",
      what: `cannot read examples from ${path}`,
      why: `files that end in .${ending} are not read`,
      remedy: refused,
    });
  }
  const size = await fileSize(files, path);
  if (ending === "parquet") return await parquetTable(files, { name, path, size });
  if (size > LARGEST_TEXT_BYTES) {
    throw new FrugalError({
      code: "unsupported-input",
      what: `${path} is too large`,
      why: `it has ${size} bytes, and text files of examples may have ${LARGEST_TEXT_BYTES}`,
      remedy: "save it as Parquet, or take a part of it",
    });
  }
  const lines = await readLines(files, path);
  const table = TEXT_TABLES[ending];
  if (table !== undefined) return table(name, lines.join("\n"));
  return dataTable(
    name,
    "lines",
    lines.flatMap((text, at) => (text.trim() === "" ? [] : [{ at: at + 1, values: { text } }])),
  );
}

async function readLines(files: Pick<Files, "stream">, path: string): Promise<string[]> {
  const lines: string[] = [];
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      yield* files.stream(path);
    } catch (thrown) {
      throw unreadable(path, thrown);
    }
  }
  // An array of objects may lie in one line.
  for await (const { text } of textLines(path, source(), LARGEST_TEXT_BYTES)) lines.push(text);
  return lines;
}
