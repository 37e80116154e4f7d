/**
 * Whether an ONNX file is whole, and which external data files it needs, read from the protobuf framing alone
 * (onnx.proto3: ModelProto.graph = 7, GraphProto.initializer = 5, TensorProto.external_data = 13).
 */
import type { Files } from "../core/ports.ts";

export interface OnnxOutline {
  /** How the file is broken, to follow its name: "is empty". */
  readonly damage?: string;
  readonly external: readonly { readonly location: string; readonly endsAt: number }[];
}

/** Files above this keep their weights inside, so only the framing of their outermost fields is walked. */
const READ_WHOLE_BELOW = 64 * 1024 * 1024;
/** A field's key and length are two varints of at most ten bytes. */
const HEADER_BYTES = 20;
const GRAPH = 7;
const INITIALIZER = 5;
const EXTERNAL_DATA = 13;

export async function outlineOnnx(
  files: Pick<Files, "stat" | "readBytes">,
  path: string,
): Promise<OnnxOutline> {
  const size = (await files.stat(path))?.size;
  if (size === undefined) return { damage: "is missing", external: [] };
  if (size === 0) return { damage: "is empty", external: [] };
  if (size >= READ_WHOLE_BELOW) return await outlineLarge(files, path, size);
  const bytes = await files.readBytes(path);
  const model = fieldsOf(bytes);
  const graph = model?.find((field) => field.number === GRAPH);
  if (model === undefined || graph?.bytes === undefined) return { damage: CUT, external: [] };
  const graphFields = fieldsOf(graph.bytes);
  if (graphFields === undefined) return { damage: CUT, external: [] };
  const ends = new Map<string, number>();
  for (const tensor of graphFields) {
    if (tensor.number !== INITIALIZER || tensor.bytes === undefined) continue;
    const fields = fieldsOf(tensor.bytes);
    if (fields === undefined) return { damage: CUT, external: [] };
    const entries = new Map(
      fields.filter((field) => field.number === EXTERNAL_DATA).map((field) => keyAndValue(field.bytes)),
    );
    const location = entries.get("location");
    if (location === undefined) continue;
    const end = Number(entries.get("offset") ?? 0) + Number(entries.get("length") ?? 0);
    ends.set(location, Math.max(ends.get(location) ?? 0, end));
  }
  return { external: [...ends].map(([location, endsAt]) => ({ location, endsAt })) };
}

const CUT = "is cut off or not an ONNX file";

async function outlineLarge(
  files: Pick<Files, "stat" | "readBytes">,
  path: string,
  size: number,
): Promise<OnnxOutline> {
  let at = 0;
  let hasGraph = false;
  while (at < size) {
    const head = await files.readBytes(path, { offset: at, length: Math.min(HEADER_BYTES, size - at) });
    const field = readHeader(head, 0);
    if (field === undefined || at + field.end > size) return { damage: CUT, external: [] };
    hasGraph ||= field.number === GRAPH;
    at += field.end;
  }
  return hasGraph ? { external: [] } : { damage: CUT, external: [] };
}

interface Field {
  readonly number: number;
  /** Only of length-delimited fields. */
  readonly bytes?: Uint8Array;
}

/** The fields of one message, or undefined when they do not end exactly where the message does. */
function fieldsOf(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const field = readHeader(bytes, at);
    if (field === undefined || field.end > bytes.length) return undefined;
    fields.push(
      field.start === undefined
        ? { number: field.number }
        : { number: field.number, bytes: bytes.subarray(field.start, field.end) },
    );
    at = field.end;
  }
  return fields;
}

/** Field number, where its content starts (length-delimited only) and where the field ends; protobuf wire types 0, 1, 2, 5. */
function readHeader(
  bytes: Uint8Array,
  at: number,
): { readonly number: number; readonly start?: number; readonly end: number } | undefined {
  const key = readVarint(bytes, at);
  if (key === undefined || key.value < 8) return undefined;
  const number = Math.floor(key.value / 8);
  switch (key.value % 8) {
    case 0: {
      const value = readVarint(bytes, key.end);
      return value === undefined ? undefined : { number, end: value.end };
    }
    case 1:
      return { number, end: key.end + 8 };
    case 2: {
      const length = readVarint(bytes, key.end);
      return length === undefined ? undefined : { number, start: length.end, end: length.end + length.value };
    }
    case 5:
      return { number, end: key.end + 4 };
    default:
      return undefined;
  }
}

function readVarint(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 10; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  return undefined;
}

/** StringStringEntryProto: key = 1, value = 2. */
function keyAndValue(bytes: Uint8Array | undefined): [string, string] {
  const fields = bytes === undefined ? [] : (fieldsOf(bytes) ?? []);
  const text = (number: number): string =>
    new TextDecoder().decode(fields.find((field) => field.number === number)?.bytes);
  return [text(1), text(2)];
}
