/** Parquet by hyparquet, which decompresses Snappy itself; Gzip and Brotli are Node's own. */
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { type Compressors, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { FrugalError, messageOf } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { readSpan } from "../file-range.ts";
import { type DataTable, dataTable } from "./data-table.ts";

const DECOMPRESSORS: Compressors = {
  GZIP: (bytes, outputLength) => gunzipSync(bytes, { maxOutputLength: outputLength }),
  BROTLI: (bytes, outputLength) => brotliDecompressSync(bytes, { maxOutputLength: outputLength }),
};
const READABLE: ReadonlySet<string> = new Set(["UNCOMPRESSED", "SNAPPY", ...Object.keys(DECOMPRESSORS)]);

interface ParquetFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** @throws "unsupported-input" for a codec that is not read, "bad-data" for a damaged file, "file-unreadable", "empty-input". */
export async function parquetTable(files: Pick<Files, "readBytes">, file: ParquetFile): Promise<DataTable> {
  const { name, path, size } = file;
  const buffer = {
    byteLength: size,
    async slice(start: number, end = size): Promise<ArrayBuffer> {
      const bytes = await readSpan(files, { path, offset: start, length: end - start });
      return new Uint8Array(bytes).buffer;
    },
  };
  const metadata = await unlessDamaged(path, parquetMetadataAsync(buffer));
  for (const codec of codecsOf(metadata)) {
    if (READABLE.has(codec)) continue;
    throw new FrugalError({
      code: "unsupported-input",
      what: `cannot read ${path}`,
      why: `its columns are compressed by ${codec}`,
      remedy: `save it with another codec (${[...READABLE].join(", ").toLowerCase()}), for instance in pandas: frame.to_parquet(FILE, compression="snappy")`,
    });
  }
  const read = parquetReadObjects({ file: buffer, metadata, compressors: DECOMPRESSORS });
  const rows = await unlessDamaged(path, read);
  const names = classNames(metadata);
  const named = (column: string, value: unknown): unknown =>
    names.has(column) ? withNames(plain(value), names.get(column)!) : plain(value);
  return dataTable(
    name,
    "parquet",
    rows.map((row, at) => ({
      at: at + 1,
      values: Object.fromEntries(
        Object.entries(row).map(([column, value]) => [column, named(column, value)]),
      ),
    })),
  );
}

interface Feature {
  readonly names?: unknown;
  /** Of the items of a list. */
  readonly feature?: Feature;
}

/** Files of the Hugging Face hub number classes, and name them beside the data (datasets, features.py, ClassLabel). */
function classNames({ key_value_metadata }: FileMetaData): ReadonlyMap<string, readonly string[]> {
  const text = key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
  try {
    const { info } = JSON.parse(text ?? "{}") as { info?: { features?: Readonly<Record<string, Feature>> } };
    return new Map(
      Object.entries(info?.features ?? {}).flatMap(([column, { names, feature }]) => {
        const found = names ?? feature?.names;
        return Array.isArray(found) ? [[column, found.map(String)]] : [];
      }),
    );
  } catch {
    // What is no description names nothing; the numbers stay.
    return new Map();
  }
}

const withNames = (value: unknown, names: readonly string[]): unknown =>
  Array.isArray(value)
    ? value.map((item) => withNames(item, names))
    : typeof value === "number"
      ? (names[value] ?? value)
      : value;

const codecsOf = ({ row_groups }: FileMetaData): ReadonlySet<string> =>
  new Set(row_groups.flatMap(({ columns }) => columns.flatMap(({ meta_data }) => meta_data?.codec ?? [])));

async function unlessDamaged<T>(path: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (thrown) {
    if (thrown instanceof FrugalError) throw thrown;
    throw new FrugalError({
      code: "bad-data",
      what: `${path} cannot be read as Parquet`,
      why: messageOf(thrown),
      remedy: "copy or make the file again",
      cause: thrown,
    });
  }
}

/** 64-bit integers as numbers where these hold them, as JSON would give them. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (Array.isArray(value)) return value.map(plain);
  // Dates, bytes and the like stay what they are.
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
