/**
 * Where the entries of a zip archive lie, for archives whose entries are stored without compression, as PyTorch's are
 * (PKWARE APPNOTE.TXT 6.3: 4.3.7 local header, 4.3.12 central directory, 4.3.14 to 4.3.16 its end, 4.5.3 zip64 sizes).
 */
import { FrugalError } from "../../core/error.ts";
import { fileSize, type RangedFiles, readSpan } from "../file-range.ts";
import type { FileSpan } from "../tensor-ref.ts";

export interface ZipEntry {
  readonly bytes: number;
  readonly compressed: boolean;
  readonly headerAt: number;
}

const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;
const LOCATOR_BYTES = 20;
const ZIP64_END_BYTES = 56;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
/** 32-bit and 16-bit fields that are full stand for a zip64 field (4.4.1.4). */
const FULL_32 = 0xffff_ffff;
const FULL_16 = 0xffff;
/** Half a million entries with usual names. */
const LARGEST_DIRECTORY_BYTES = 64 * 1024 * 1024;

export class ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  readonly #files: RangedFiles;
  readonly #path: string;
  readonly #size: number;

  private constructor(
    files: RangedFiles,
    path: string,
    size: number,
    entries: ReadonlyMap<string, ZipEntry>,
  ) {
    this.#files = files;
    this.#path = path;
    this.#size = size;
    this.entries = entries;
  }

  /** @throws "bad-model" when it is no whole zip archive; "file-missing", "file-unreadable". */
  static async open(files: RangedFiles, path: string): Promise<ZipArchive> {
    const size = await fileSize(files, path);
    const directory = await findDirectory(files, path, size);
    const { length } = directory;
    if (length > LARGEST_DIRECTORY_BYTES || directory.offset + length > size) {
      throw damagedZip(path, `its directory would take ${length} bytes`);
    }
    const bytes = await readSpan(files, { path, ...directory });
    return new ZipArchive(files, path, size, parseDirectory(path, bytes));
  }

  /** Where the entry's bytes lie; undefined when there is none. @throws "bad-model" when they are compressed or beyond the end. */
  async locate(name: string): Promise<FileSpan | undefined> {
    const entry = this.entries.get(name);
    if (entry === undefined) return undefined;
    if (entry.compressed) throw damagedZip(this.#path, `${name} is compressed, which PyTorch never does`);
    if (entry.headerAt + LOCAL_BYTES > this.#size)
      throw damagedZip(this.#path, `${name} lies beyond its end`);
    // The local header's extra field may differ from the directory's: PyTorch pads with it, to align what follows.
    const span = { path: this.#path, offset: entry.headerAt, length: LOCAL_BYTES };
    const local = viewOf(await readSpan(this.#files, span));
    if (local.getUint32(0, true) !== 0x04034b50)
      throw damagedZip(this.#path, `${name} is not where it is listed`);
    const offset = entry.headerAt + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
    if (offset + entry.bytes > this.#size) {
      throw damagedZip(this.#path, `${name} would end at byte ${offset + entry.bytes} of ${this.#size}`);
    }
    return { path: this.#path, offset, length: entry.bytes };
  }
}

/** The end record is at the very end, but for a comment. */
async function findDirectory(
  files: RangedFiles,
  path: string,
  size: number,
): Promise<{ readonly offset: number; readonly length: number }> {
  const length = Math.min(size, END_BYTES + LONGEST_COMMENT + LOCATOR_BYTES);
  const tail = viewOf(await readSpan(files, { path, offset: size - length, length }));
  let end = length - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0)
    throw damagedZip(path, "it has no directory at its end, so that it is cut off or no zip archive");
  const directory = { length: tail.getUint32(end + 12, true), offset: tail.getUint32(end + 16, true) };
  const count = tail.getUint16(end + 10, true);
  if (directory.length !== FULL_32 && directory.offset !== FULL_32 && count !== FULL_16) return directory;
  const locator = end - LOCATOR_BYTES;
  // Full fields of an archive that needs no zip64 are what they say.
  if (locator < 0 || tail.getUint32(locator, true) !== 0x07064b50) return directory;
  const offset = Number(tail.getBigUint64(locator + 8, true));
  if (offset + ZIP64_END_BYTES > size) throw damagedZip(path, "its zip64 directory lies beyond its end");
  const record = viewOf(await readSpan(files, { path, offset, length: ZIP64_END_BYTES }));
  if (record.getUint32(0, true) !== 0x06064b50) throw damagedZip(path, "its zip64 directory is not there");
  return { length: Number(record.getBigUint64(40, true)), offset: Number(record.getBigUint64(48, true)) };
}

function parseDirectory(path: string, bytes: Uint8Array): Map<string, ZipEntry> {
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  while (at < bytes.length) {
    if (at + ENTRY_BYTES > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      throw damagedZip(path, "its directory is damaged");
    }
    const nameEnd = at + ENTRY_BYTES + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damagedZip(path, "its directory is cut off");
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_BYTES, nameEnd));
    const extra = viewOf(bytes.subarray(nameEnd, extraEnd));
    const stored = [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ];
    const [size, packed, headerAt] = widened(stored, extra);
    if (entries.has(name)) throw damagedZip(path, `it has ${name} twice`);
    // Method 0 is "stored"; bit 0 of the flags is encryption (4.4.4, 4.4.5).
    const compressed =
      view.getUint16(at + 10, true) !== 0 || view.getUint16(at + 8, true) % 2 === 1 || size !== packed;
    entries.set(name, { bytes: size!, compressed, headerAt: headerAt! });
    at = next;
  }
  return entries;
}

/** Those of the three fields that are full stand in the zip64 extra field, in this order. */
function widened(fields: readonly number[], extra: DataView): readonly number[] {
  let at = 0;
  while (at + 4 <= extra.byteLength) {
    const id = extra.getUint16(at, true);
    const end = Math.min(at + 4 + extra.getUint16(at + 2, true), extra.byteLength);
    let wide = at + 4;
    at = end;
    if (id !== 1) continue;
    return fields.map((field) => {
      if (field !== FULL_32 || wide + 8 > end) return field;
      wide += 8;
      return Number(extra.getBigUint64(wide - 8, true));
    });
  }
  return fields;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const damagedZip = (path: string, why: string): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: `${path} is no whole PyTorch file`,
    why,
    remedy: "copy or download the file again",
  });
