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
  return dataTable(
    name,
    "parquet",
    rows.map((row, at) => ({ at: at + 1, values: plain(row) as Record<string, unknown> })),
  );
}

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
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
