/** Writes GGUF version 3 (ggml-org/ggml, docs/gguf.md): keys, then which tensor lies where, then their bytes, copied piece by piece. */
import { FrugalError, invariant, systemCode, unwritable } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { dataPieces } from "../file-range.ts";
import { joinBytes } from "../join-bytes.ts";
import { type Data, elementCount, type TensorRef } from "../tensor-ref.ts";
import { GGML_TYPES, type GgmlType } from "./ggml-types.ts";
import {
  GGUF_TYPES,
  type GgufArray,
  type GgufItemType,
  type GgufType,
  type GgufValue,
} from "./gguf-values.ts";

/** A tensor of plain values, or of blocks that are quantized already. */
export type GgufTensor =
  | TensorRef
  | { readonly blocks: GgmlType; readonly shape: readonly number[]; readonly data: Data };

export interface GgufContent {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  /** Shapes are row-major. */
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const VERSION = 3;
const DEFAULT_ALIGNMENT = 32; // GGUF_DEFAULT_ALIGNMENT

/**
 * Readers see the old file or the whole new one.
 * @throws "unsupported-input" for a type that ggml does not have; "disk-full", "file-unwritable"; what reading the sources throws.
 */
export async function writeGguf(
  files: Pick<Files, "readBytes" | "writeAtomicFrom">,
  path: string,
  content: GgufContent,
): Promise<void> {
  const alignment = Number(content.metadata.get("general.alignment")?.value ?? DEFAULT_ALIGNMENT);
  const header = encodeHeader(content, alignment);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield header;
    yield padding(header.length, alignment);
    for (const tensor of content.tensors.values()) {
      yield* dataPieces(files, tensor.data);
      yield padding(tensor.data.length, alignment);
    }
  }
  try {
    await files.writeAtomicFrom(path, pieces());
  } catch (thrown) {
    if (systemCode(thrown) === undefined || thrown instanceof FrugalError) throw thrown;
    throw unwritable(`cannot write ${path}`, thrown, "choose another place");
  }
}

function encodeHeader({ metadata, tensors }: GgufContent, alignment: number): Uint8Array {
  const parts = [
    new TextEncoder().encode("GGUF"),
    number("uint32", VERSION),
    number("uint64", BigInt(tensors.size)),
    number("uint64", BigInt(metadata.size)),
  ];
  for (const [key, value] of metadata) parts.push(text(key), ...encodeValue(value));
  let offset = 0;
  for (const [name, tensor] of tensors) {
    const [id, type] = typeOf(name, tensor);
    const { shape, data } = tensor;
    const bytes = (elementCount(shape) / type.blockValues) * type.blockBytes;
    invariant(data.length === bytes, `the bytes of ${name} fit its shape`);
    parts.push(text(name), number("uint32", shape.length));
    for (const side of shape.toReversed()) parts.push(number("uint64", BigInt(side)));
    parts.push(number("uint32", id), number("uint64", BigInt(offset)));
    offset += bytes + padding(bytes, alignment).length;
  }
  return joinBytes(parts);
}

function typeOf(name: string, tensor: GgufTensor): readonly [id: number, type: GgmlType] {
  const found = [...GGML_TYPES].find(([, type]) =>
    "blocks" in tensor ? type.name === tensor.blocks.name : type.dtype === tensor.dtype,
  );
  if (found !== undefined) return found;
  throw new FrugalError({
    code: "unsupported-input",
    what: `the tensor ${name} cannot be written as GGUF`,
    why: `ggml has no type for ${"blocks" in tensor ? tensor.blocks.name : tensor.dtype}`,
    remedy: "convert it to fp32, fp16 or bf16 first",
  });
}

const padding = (length: number, alignment: number): Uint8Array =>
  new Uint8Array((alignment - (length % alignment)) % alignment);

const typeId = (type: GgufType): Uint8Array => number("uint32", GGUF_TYPES.indexOf(type));

function encodeValue(value: GgufValue): readonly Uint8Array[] {
  if (value.type !== "array") return [typeId(value.type), encodeItem(value.type, value.value)];
  const items: readonly (number | bigint | string)[] | GgufArray = value.value;
  return [
    typeId("array"),
    typeId(value.of),
    number("uint64", BigInt(items.length)),
    ...Array.from(items as ArrayLike<number | bigint | string>, (item) => encodeItem(value.of, item)),
  ];
}

function encodeItem(type: GgufItemType, value: number | bigint | boolean | string): Uint8Array {
  if (type === "string") return text(String(value));
  if (type === "bool") return Uint8Array.of(value ? 1 : 0);
  return number(type, type.endsWith("64") && type !== "float64" ? BigInt(value) : Number(value));
}

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return joinBytes([number("uint64", BigInt(bytes.length)), bytes]);
}

const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
} as const;

/** Little-endian, as is every processor that Node runs on but s390x. */
function number(type: Exclude<GgufItemType, "string" | "bool">, value: number | bigint): Uint8Array {
  const of = ARRAYS[type].of as (value: number | bigint) => { readonly buffer: ArrayBufferLike };
  return new Uint8Array(of.call(ARRAYS[type], value).buffer);
}
