/**
 * The part of a GGUF file before the tensors' data (ggml-org/ggml, docs/gguf.md; checks as in ggml/src/gguf.cpp). Every count is
 * checked against the bytes that could hold it before anything is made of that size.
 */
import { FrugalError } from "../../core/error.ts";
import { GGML_TYPES, type GgmlType } from "./ggml-types.ts";
import {
  GGUF_TYPES,
  type GgufArray,
  type GgufItemType,
  type GgufType,
  type GgufValue,
} from "./gguf-values.ts";

export interface GgufTensorInfo {
  readonly type: GgmlType;
  /** Row-major: the reverse of the file's order. */
  readonly shape: readonly number[];
  /** From where the data begin. */
  readonly offset: number;
  readonly bytes: number;
}

export interface GgufHeader {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensorInfo>;
  /** Of the tensors' data, in bytes from the start of the file. */
  readonly dataStart: number;
}

/** The header goes on after the bytes at hand. */
export class HeaderGoesOn extends Error {}

const MAGIC = 0x46554747; // "GGUF"
const DEFAULT_ALIGNMENT = 32; // GGUF_DEFAULT_ALIGNMENT
const MAX_DIMENSIONS = 4; // GGML_MAX_DIMS
/** Far above any model's; keeps the memory of a hostile header small. */
const MOST_KEYS = 65_536;
const MOST_TENSORS = 1_000_000;

const ITEM_BYTES: Readonly<Record<GgufItemType, number>> = {
  uint8: 1, int8: 1, bool: 1, uint16: 2, int16: 2, uint32: 4, int32: 4, float32: 4, uint64: 8, int64: 8, float64: 8,
  string: 8,
}; // biome-ignore format: one line reads as one row

/**
 * @param bytes the file's first bytes, as many as are at hand.
 * @throws HeaderGoesOn when `bytes` ends before the header does but the file does not; "bad-model", "unsupported-input".
 */
export function parseGgufHeader(file: string, bytes: Uint8Array, fileBytes: number): GgufHeader {
  const reader = new HeaderReader(file, bytes, fileBytes);
  if (reader.uint32() !== MAGIC) throw reader.damaged("it does not begin with GGUF");
  const version = reader.uint32();
  if (version !== 2 && version !== 3) throw unknownVersion(file, version);
  const tensorCount = reader.count("tensors", { itemBytes: 24, most: MOST_TENSORS });
  const keyCount = reader.count("keys", { itemBytes: 13, most: MOST_KEYS });
  const metadata = new Map<string, GgufValue>();
  for (let n = 0; n < keyCount; n++) {
    const key = reader.string();
    if (metadata.has(key)) throw reader.damaged(`it has the key ${key} twice`);
    metadata.set(key, reader.value(key));
  }
  const alignment = alignmentOf(metadata, reader);
  const tensors = new Map<string, GgufTensorInfo>();
  for (let n = 0; n < tensorCount; n++) {
    const name = reader.string();
    if (tensors.has(name)) throw reader.damaged(`it has the tensor ${name} twice`);
    tensors.set(name, tensorInfo(name, reader, alignment));
  }
  const dataStart = Math.ceil(reader.at / alignment) * alignment;
  for (const [name, { offset, bytes: size }] of tensors) {
    if (dataStart + offset + size > fileBytes) {
      throw reader.damaged(`${name} would end at byte ${dataStart + offset + size} of ${fileBytes}`);
    }
  }
  return { version, metadata, tensors, dataStart };
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>, reader: HeaderReader): number {
  const stored = metadata.get("general.alignment");
  if (stored === undefined) return DEFAULT_ALIGNMENT;
  const { type, value } = stored;
  if (type !== "uint32" || typeof value !== "number" || value === 0 || (value & (value - 1)) !== 0) {
    throw reader.damaged("its alignment is no power of two");
  }
  return value;
}

function tensorInfo(name: string, reader: HeaderReader, alignment: number): GgufTensorInfo {
  const dimensions = reader.uint32();
  if (dimensions > MAX_DIMENSIONS) throw reader.damaged(`${name} has ${dimensions} dimensions`);
  const sides = Array.from({ length: dimensions }, () => reader.uint64());
  const typeId = reader.uint32();
  const offset = reader.uint64();
  const type = GGML_TYPES.get(typeId);
  if (type === undefined) {
    throw new FrugalError({
      code: "unsupported-input",
      what: `the tensor ${name} is of ggml's type ${typeId}`,
      why: "this type is not known here",
      remedy: "use a version of the model in another quantization",
    });
  }
  const values = sides.reduce((product, side) => product * side, 1);
  if (!Number.isSafeInteger(values) || (sides[0] ?? 1) % type.blockValues !== 0) {
    throw reader.damaged(`the shape of ${name}, ${sides.join(" × ")}, does not fit ${type.name}`);
  }
  if (offset % alignment !== 0) throw reader.damaged(`${name} does not lie at a multiple of ${alignment}`);
  return { type, shape: sides.reverse(), offset, bytes: (values / type.blockValues) * type.blockBytes };
}

function unknownVersion(file: string, version: number): FrugalError {
  const swapped = version !== 0 && (version & 0xffff) === 0;
  return new FrugalError({
    code: "unsupported-input",
    what: `cannot read ${file}`,
    why: swapped
      ? "it was written for a big-endian processor"
      : `it is GGUF of version ${version}; 2 and 3 are read`,
    remedy: "convert the model again with a current llama.cpp",
  });
}

/** A byte order mark is a token like others. */
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

class HeaderReader {
  at = 0;
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fileBytes: number;

  constructor(file: string, bytes: Uint8Array, fileBytes: number) {
    this.#file = file;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#fileBytes = fileBytes;
  }

  damaged(why: string): FrugalError {
    return new FrugalError({
      code: "bad-model",
      what: `${this.#file} is no whole GGUF file`,
      why,
      remedy: "copy or make the file again",
    });
  }

  /** Where the next `length` bytes begin, which are then read. */
  #take(length: number): number {
    const from = this.at;
    const end = from + length;
    if (end > this.#fileBytes)
      throw this.damaged(`its header ends at byte ${this.#fileBytes}, in the middle`);
    if (end > this.#bytes.length) throw new HeaderGoesOn();
    this.at = end;
    return from;
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** As a number; none in a file that exists is larger than 2^53. */
  uint64(): number {
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.damaged(`it has a size of ${value}`);
    return Number(value);
  }

  /** Of things that take at least `itemBytes` each. */
  count(what: string, { itemBytes, most }: { readonly itemBytes: number; readonly most: number }): number {
    const count = this.uint64();
    if (count > most || count * itemBytes > this.#fileBytes) {
      throw this.damaged(`it would have ${count} ${what}`);
    }
    return count;
  }

  /** Pieces of characters, which some vocabularies hold, become U+FFFD. */
  string(): string {
    const length = this.uint64();
    const from = this.#take(length);
    return UTF8.decode(this.#bytes.subarray(from, from + length));
  }

  value(key: string): GgufValue {
    const type = this.#type(key);
    if (type !== "array") return { type, value: this.#item(type) };
    const of = this.#type(key);
    // As ggml: no array of arrays.
    if (of === "array") throw this.damaged(`the value of ${key} is an array of arrays`);
    const count = this.count(`items in ${key}`, { itemBytes: ITEM_BYTES[of], most: Number.MAX_SAFE_INTEGER });
    return { type, of, value: this.#array(of, count) };
  }

  #type(key: string): GgufType {
    const id = this.uint32();
    const type = GGUF_TYPES[id];
    if (type === undefined) throw this.damaged(`the value of ${key} has the unknown type ${id}`);
    return type;
  }

  #item(type: GgufItemType): number | bigint | boolean | string {
    if (type === "string") return this.string();
    const [item] = this.#numbers(type, 1);
    return type === "bool" ? item !== 0 : item!;
  }

  #array(of: GgufItemType, count: number): GgufArray {
    if (of !== "string") return this.#numbers(of, count);
    const strings: string[] = [];
    for (let n = 0; n < count; n++) strings.push(this.string());
    return strings;
  }

  #numbers(type: Exclude<GgufItemType, "string">, count: number): Exclude<GgufArray, readonly string[]> {
    const length = count * ITEM_BYTES[type];
    const from = this.#take(length);
    const { buffer } = this.#bytes.slice(from, from + length);
    switch (type) {
      case "uint8":
      case "bool":
        return new Uint8Array(buffer);
      case "int8":
        return new Int8Array(buffer);
      case "uint16":
        return new Uint16Array(buffer);
      case "int16":
        return new Int16Array(buffer);
      case "uint32":
        return new Uint32Array(buffer);
      case "int32":
        return new Int32Array(buffer);
      case "float32":
        return new Float32Array(buffer);
      case "uint64":
        return new BigUint64Array(buffer);
      case "int64":
        return new BigInt64Array(buffer);
      case "float64":
        return new Float64Array(buffer);
      default:
        return type satisfies never;
    }
  }
}
