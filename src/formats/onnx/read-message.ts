/** Protobuf's wire format read by the schema table (protobuf.dev, "Encoding"). */
import { joinBytes } from "../join-bytes.ts";
import type { FileWindow } from "./file-window.ts";
import { FIELDS, type Field, isMessage, type Message, type MessageName } from "./schema.ts";

/** Longer tensor contents stay in the file. */
const LONGEST_INLINE = 4 * 1024;
/** Protobuf's own default for nested messages (CodedInputStream, recursion limit). */
const DEEPEST = 100;
/** A key and a length are varints of at most ten bytes. */
const HEADER_BYTES = 20;
const LONGEST_VARINT = 10;
/** Bytes that an object of ours takes, roughly; a message's own wire form may be two bytes. */
const MESSAGE_COST = 256;
const FIELD_COST = 64;

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

interface FieldFrame extends ByteRange {
  readonly number: number;
  readonly wire: number;
}

const BY_NUMBER = new Map(
  Object.entries(FIELDS).map(([message, fields]) => [
    message,
    new Map(fields.map((one) => [one.number, one])),
  ]),
);

/** @throws "bad-model" where the bytes are no such message. */
export async function readMessage<M extends MessageName>(
  window: FileWindow,
  type: M,
  { start, end }: ByteRange = { start: 0, end: window.size },
  depth = 0,
): Promise<Message<M>> {
  if (depth > DEEPEST) throw window.damaged(start, `messages are nested more than ${DEEPEST} deep`);
  window.charge(start, MESSAGE_COST);
  const message: Record<string, unknown> = { at: start };
  const kept: Uint8Array[] = [];
  let at = start;
  while (at < end) {
    const headerEnd = Math.min(at + HEADER_BYTES, end);
    // Waiting costs more than reading most fields: only where the window must move.
    if (!window.holds(at, headerEnd)) await window.load(at, headerEnd);
    const frame = readFrame(window, at, end);
    const field = BY_NUMBER.get(type)?.get(frame.number);
    window.charge(at, FIELD_COST);
    if (field !== undefined && isMessage(field.kind)) {
      expectWire(window, frame, field, DELIMITED);
      add(window, message, field, [await readMessage(window, field.kind, frame, depth + 1)], at);
    } else if (field?.kind === "data" && frame.end - frame.start > LONGEST_INLINE) {
      const span = { path: window.path, offset: frame.start, length: frame.end - frame.start };
      add(window, message, field, [span], at);
    } else if (field?.kind !== "skip") {
      window.charge(at, frame.end - at);
      if (!window.holds(at, frame.end)) await window.load(at, frame.end);
      if (field === undefined) kept.push(window.copy(at, frame.end));
      else add(window, message, field, readScalars(window, frame, field), at);
    }
    at = frame.end;
  }
  if (kept.length > 0) message["kept"] = joinBytes(kept);
  return message as Message<M>;
}

function add(
  window: FileWindow,
  message: Record<string, unknown>,
  field: Field,
  values: readonly unknown[],
  at: number,
): void {
  if (field.repeated) {
    const list = (message[field.name] as unknown[] | undefined) ?? [];
    for (const value of values) list.push(value);
    message[field.name] = list;
  } else if (values.length > 0) {
    // Protobuf would merge the two; no writer makes such files, and readers differ on them.
    if (isMessage(field.kind) && field.name in message) throw window.damaged(at, `a second ${field.name}`);
    message[field.name] = values.at(-1);
  }
}

/** Where the content of the field at `at` lies. */
function readFrame(window: FileWindow, at: number, end: number): FieldFrame {
  const key = readVarint(window, at, end);
  const number = Math.floor(Number(key.value) / 8);
  const wire = Number(key.value) % 8;
  // Field numbers have 29 bits.
  if (key.value < 8 || key.value >= 2 ** 32) throw window.damaged(at, `${key.value} is no field`);
  let start = key.end;
  let length: number;
  if (wire === VARINT) length = readVarint(window, start, end).end - start;
  else if (wire === FIXED_64) length = 8;
  else if (wire === FIXED_32) length = 4;
  else if (wire === DELIMITED) {
    const prefix = readVarint(window, start, end);
    start = prefix.end;
    // A length of 2^63 and more reads as a negative number.
    length = prefix.value < 0 ? Number.POSITIVE_INFINITY : Number(prefix.value);
  } else throw window.damaged(at, `wire type ${wire} is not used by ONNX`);
  if (start + length > end) throw window.damaged(at, `field ${number} would end after byte ${end}`);
  return { number, wire, start, end: start + length };
}

/** As int64: a number where it is exact, else a bigint. */
function readVarint(
  window: FileWindow,
  at: number,
  end: number,
): { readonly value: number | bigint; readonly end: number } {
  let low = 0;
  let high = 0n;
  for (let index = 0; index < LONGEST_VARINT; index++) {
    if (at + index >= end) throw window.damaged(at, "a number is cut off");
    const byte = window.byte(at + index);
    // Seven bytes fill 49 bits, which a number holds exactly.
    if (index < 7) low += (byte & 0x7f) * 2 ** (7 * index);
    else high += BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) {
      if (index < 7) return { value: low, end: at + index + 1 };
      const value = BigInt.asIntN(64, high + BigInt(low));
      const exact = Number(value);
      return { value: Number.isSafeInteger(exact) ? exact : value, end: at + index + 1 };
    }
  }
  throw window.damaged(at, `a number has more than ${LONGEST_VARINT} bytes`);
}

function expectWire(window: FileWindow, { start, wire }: FieldFrame, field: Field, wanted: number): void {
  if (wire !== wanted)
    throw window.damaged(start, `${field.name} has wire type ${wire} instead of ${wanted}`);
}

/** Several values where a repeated field of numbers is packed. */
function readScalars(window: FileWindow, frame: FieldFrame, field: Field): readonly unknown[] {
  const { start, end, wire } = frame;
  const packed = field.repeated && wire === DELIMITED;
  switch (field.kind) {
    case "string":
      expectWire(window, frame, field, DELIMITED);
      return [decodeText(window, start, window.copy(start, end))];
    case "bytes":
      expectWire(window, frame, field, DELIMITED);
      return [window.copy(start, end)];
    case "data":
      // Packed floats and doubles are their own little-endian bytes; unpacked ones come one by one.
      if (wire === VARINT) throw window.damaged(start, `${field.name} has wire type ${wire}`);
      return [window.copy(start, end)];
    case "float": {
      if (!packed) expectWire(window, frame, field, FIXED_32);
      const bytes = window.copy(start, end);
      if (bytes.length % 4 !== 0) throw window.damaged(start, `${field.name} is no list of floats`);
      const view = new DataView(bytes.buffer);
      return Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(4 * index, true));
    }
    case "int": {
      if (!packed) expectWire(window, frame, field, VARINT);
      // A number in a list takes eight bytes, however short its varint is.
      window.charge(start, 7 * (end - start));
      const values: (number | bigint)[] = [];
      for (let at = start; at < end; ) {
        const read = readVarint(window, at, end);
        values.push(read.value);
        at = read.end;
      }
      return values;
    }
    default:
      // Messages and what is read over do not come here.
      return [];
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodeText(window: FileWindow, at: number, bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw window.damaged(at, "a name is not UTF-8");
  }
}
