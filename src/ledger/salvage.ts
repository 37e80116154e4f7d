/**
 * Whole receipts out of a damaged database file, without SQLite: a damaged page can stop it, or end its process. Every
 * page that looks like a leaf of a table is read by itself, so that damage elsewhere costs nothing; a receipt's own id says
 * whether it is whole. Format: https://www.sqlite.org/fileformat2.html, sections 1.5 (b-tree pages) and 1.6 (overflow).
 */
import { parseReceipt } from "../receipt/parse-receipt.ts";
import { fromHex, hex } from "./chain.ts";
import { type NewRow, PAGE_SIZE } from "./database.ts";

export interface Salvaged extends NewRow {
  /** Where the row says that it stood in the chain; only good for order. */
  readonly place: number;
}

/** The first page begins with the file's header. */
const FILE_HEADER_SIZE = 100;
const TABLE_LEAF = 0x0d;
const LEAF_HEADER_SIZE = 8;
/** No receipt comes near; a damaged length must not be believed. */
const LONGEST_PAYLOAD = 64 * 1024 * 1024;
/** Canonical JSON of a receipt begins with one of its first two keys. */
const BEGINNINGS = ['{"carbon":', '{"duration_s":'];

/** Of a file's bytes, in the order of the chain; each id once. */
export function salvage(file: Uint8Array): readonly Salvaged[] {
  const found = new Map<string, Salvaged>();
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  for (let start = 0; start + PAGE_SIZE <= bytes.length; start += PAGE_SIZE) {
    const header = start === 0 ? FILE_HEADER_SIZE : 0;
    const page = bytes.subarray(start, start + PAGE_SIZE);
    if (page[header] !== TABLE_LEAF) continue;
    for (let index = 0; index < page.readUInt16BE(header + 3); index++) {
      const pointer = header + LEAF_HEADER_SIZE + 2 * index;
      if (pointer + 2 > PAGE_SIZE) break;
      const cell = cellAt(bytes, page, page.readUInt16BE(pointer));
      const row = cell && receiptIn(cell.payload, cell.place);
      if (row !== undefined && !found.has(hex(row.id))) found.set(hex(row.id), row);
    }
  }
  return [...found.values()].sort((a, b) => a.place - b.place);
}

interface Cell {
  readonly place: number;
  readonly payload: Buffer;
}

/** A cell of a table leaf: length of the payload, rowid, payload; what does not fit goes on in overflow pages. */
function cellAt(file: Buffer, page: Buffer, at: number): Cell | undefined {
  const length = varint(page, at);
  if (length === undefined || length.value > Math.min(LONGEST_PAYLOAD, file.length)) return undefined;
  const place = varint(page, length.next);
  if (place === undefined) return undefined;
  const local = localSize(length.value);
  const parts = [page.subarray(place.next, place.next + local)];
  let missing = length.value - local;
  if (missing > 0 && place.next + local + 4 > PAGE_SIZE) return undefined;
  let next = missing > 0 ? page.readUInt32BE(place.next + local) : 0;
  while (missing > 0) {
    const start = (next - 1) * PAGE_SIZE;
    if (start < 0 || start + PAGE_SIZE > file.length) return undefined;
    const size = Math.min(missing, PAGE_SIZE - 4);
    parts.push(file.subarray(start + 4, start + 4 + size));
    next = file.readUInt32BE(start);
    missing -= size;
  }
  return { place: place.value, payload: Buffer.concat(parts) };
}

/** How much of a payload lies in the leaf itself (section 1.6; no reserved bytes at a page's end). */
function localSize(payload: number): number {
  const most = PAGE_SIZE - 35;
  if (payload <= most) return payload;
  const least = Math.floor(((PAGE_SIZE - 12) * 32) / 255) - 23;
  const fitting = least + ((payload - least) % (PAGE_SIZE - 4));
  return fitting <= most ? fitting : least;
}

/** Big-endian groups of seven bits; the ninth byte, if it comes to that, counts whole (section 1.6). */
function varint(bytes: Buffer, at: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    if (index === 8) return { value: value * 256 + byte, next: at + 9 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: at + index + 1 };
  }
  return undefined;
}

/** The body is the row's last column, so it ends with the payload; the record's own header is not needed. */
function receiptIn(payload: Buffer, place: number): Salvaged | undefined {
  for (const beginning of BEGINNINGS) {
    const start = payload.indexOf(beginning);
    if (start < 0) continue;
    const body = payload.subarray(start);
    const parsed = parseReceipt(body);
    if (!parsed.ok) continue;
    const { id, started_at } = parsed.receipt;
    return { id: fromHex(id), startedMs: Date.parse(started_at), body, place };
  }
  return undefined;
}
