/** From a file to examples of one kind. */
import { createHash } from "node:crypto";
import { badRow, type DataRow, type DataTable, shortened } from "../../formats/data/data-table.ts";
import { type DataFiles, openDataFile } from "../../formats/data/open-data-file.ts";
import { BadCell } from "./cell.ts";
import { conllLines } from "./conll-lines.ts";
import type { Example, Examples } from "./example.ts";
import { describeMapping, findMapping, type Mapping, type MappingOptions } from "./mapping.ts";
import { SHAPES, type Shape } from "./shapes.ts";
import { taggedLines } from "./tagged-lines.ts";

export type Dataset = Examples & {
  readonly name: string;
  readonly mapping: Mapping;
  /** Line (or row) of the file that each example comes from. */
  readonly places: readonly number[];
  readonly unit: DataTable["unit"];
  /** Of the examples in their order, with the mapping: the same for the same content, whatever the file's format. */
  readonly sha256: string;
};

/** @throws what `openDataFile`, `findMapping` and `readExamples` throw. */
export async function openDataset(
  files: DataFiles,
  path: string,
  options: MappingOptions = {},
): Promise<Dataset> {
  return readExamples(await openDataFile(files, path), options);
}

/** @throws "bad-data" naming file, line and column of the first row that is no example, with a repaired one. */
export function readExamples(table: DataTable, options: MappingOptions = {}): Dataset {
  const rows = (options.shape === "text" ? undefined : (taggedLines(table) ?? conllLines(table))) ?? table;
  const mapping = findMapping(rows, options);
  const shape = SHAPES[mapping.shape];
  const examples = rows.rows.map((row) => readRow(rows, row, { mapping, shape }));
  return {
    ...({ kind: mapping.kind, examples } as Examples),
    name: table.name,
    mapping,
    places: rows.rows.map(({ at }) => at),
    unit: table.unit,
    sha256: hashExamples(mapping, examples),
  };
}

/** `mails.jsonl, line 7`. */
export const placeOf = ({ name, unit, places }: Dataset, at: number): string =>
  `${name}, ${unit} ${places[at]}`;

/** Some of the examples, in the given order. */
export function pickExamples(dataset: Dataset, places: readonly number[]): Dataset {
  const examples = places.map((at) => dataset.examples[at]!);
  return {
    ...dataset,
    ...({ kind: dataset.kind, examples } as Examples),
    places: places.map((at) => dataset.places[at]!),
    sha256: hashExamples(dataset.mapping, examples),
  };
}

/** Of what is right in a row, so much is repeated where something else is wrong. */
const LONGEST_VALUE = 30;

function readRow(
  { name, unit }: DataTable,
  { at, values }: DataRow,
  { mapping, shape }: { mapping: Mapping; shape: Shape },
): Example {
  let role = "";
  try {
    return shape.parse((asked) => {
      const column = mapping.columns[asked];
      if (column === undefined) return undefined;
      role = asked;
      return values[column];
    });
  } catch (thrown) {
    if (!(thrown instanceof BadCell)) throw thrown;
    const column = mapping.columns[role]!;
    const missing = !Object.hasOwn(values, column);
    const repaired = Object.entries({ ...values, [column]: undefined }).map(
      ([key, value]) =>
        `${JSON.stringify(key)}: ${key === column ? thrown.example : shortened(JSON.stringify(value ?? null), LONGEST_VALUE)}`,
    );
    throw badRow(
      name,
      `${unit} ${at}, column ${column}`,
      missing
        ? `the ${unit} has no ${column}, only ${Object.keys(values).join(", ")}; this file is read as ${describeMapping(mapping)}`
        : thrown.message,
      `correct it, for instance: {${repaired.join(", ")}}`,
      thrown,
    );
  }
}

const hashExamples = (mapping: Mapping, examples: readonly Example[]): string => {
  const hash = createHash("sha256").update(`frugal.dataset/1\n${mapping.shape}\n`);
  for (const example of examples) hash.update(`${JSON.stringify(example)}\n`);
  return hash.digest("hex");
};
