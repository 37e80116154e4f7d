/** Rows of a data file, whatever its format, each with its place in the file. */
import { FrugalError } from "../../core/error.ts";

export interface DataRow {
  /** Line or row of the file, from 1. */
  readonly at: number;
  /** By column. */
  readonly values: Readonly<Record<string, unknown>>;
}

export type DataFormat = "csv" | "json" | "lines" | "parquet";

export interface DataTable {
  readonly name: string;
  readonly format: DataFormat;
  /** What the places of rows count. */
  readonly unit: "line" | "row";
  /** Every column that some row has, in the order in which they first appear. */
  readonly columns: readonly string[];
  readonly rows: readonly DataRow[];
}

/** For a row that cannot be used. @param place line, and column or field, of the file `name`. */
export const badRow = (
  name: string,
  place: string,
  why: string,
  remedy: string,
  cause?: unknown,
): FrugalError =>
  new FrugalError({
    code: "bad-data",
    what: `${name}, ${place}, cannot be used`,
    why,
    remedy,
    ...(cause !== undefined && { cause }),
  });

/** @throws "empty-input" for a file without rows. */
export function dataTable(
  name: string,
  format: DataFormat,
  rows: readonly DataRow[],
  columns?: readonly string[],
): DataTable {
  if (rows.length === 0) {
    throw new FrugalError({
      code: "empty-input",
      what: `${name} is empty`,
      why: columns === undefined ? "it has no rows" : "it has column names and nothing below them",
      remedy: "give a file with at least one example",
    });
  }
  return {
    name,
    format,
    unit: format === "parquet" ? "row" : "line",
    columns: columns ?? [...new Set(rows.flatMap(({ values }) => Object.keys(values)))],
    rows,
  };
}

/** Examples in messages stay on one line of a terminal. */
const LONGEST_EXAMPLE = 100;
export const shortened = (text: string, most: number = LONGEST_EXAMPLE): string =>
  text.length <= most ? text : `${text.slice(0, most - 2)} …`;
