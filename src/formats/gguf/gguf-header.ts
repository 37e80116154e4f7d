/**
 * The part of a GGUF file before the tensors' data (ggml-org/ggml, docs/gguf.md; checks as in ggml/src/gguf.cpp). Every count is
 * checked against the bytes that could hold it before anything is made of that size.
 */
import { FrugalError } from "../../core/error.ts";
import { GGML_TYPES, type GgmlType } from "./ggml-types.ts";
import type { GgufValue } from "./gguf-values.ts";
import { HeaderReader } from "./header-reader.ts";

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

const MAGIC = 0x46554747; // "GGUF"
const DEFAULT_ALIGNMENT = 32; // GGUF_DEFAULT_ALIGNMENT
const MAX_DIMENSIONS = 4; // GGML_MAX_DIMS
/** Far above any model's; keeps the memory of a hostile header small. */
const MOST_KEYS = 65_536;
const MOST_TENSORS = 1_000_000;

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
