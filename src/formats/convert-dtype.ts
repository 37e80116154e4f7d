/**
 * Between fp32 and the types that weights are stored in. IEEE 754-2019 names and rounds binary16; bfloat16 is the upper half of
 * binary32; the 8-bit types are those of "FP8 Formats for Deep Learning" (Micikevicius et al. 2022), table 1.
 * Bytes are little-endian, as is every processor that Node runs on but s390x.
 */
import { FrugalError } from "../core/error.ts";
import type { Dtype } from "./tensor-ref.ts";

/** What fp32 values can be stored as. */
export type StorageFloat = "float32" | "float16" | "bfloat16";

/**
 * The fp32 nearest to each value; integers beyond 2^53 are rounded to fp64 first.
 * @throws "unsupported-input" for strings and 4-bit values, which have no place here.
 */
export function toFloat32(bytes: Uint8Array, dtype: Dtype): Float32Array {
  switch (dtype) {
    case "float32":
      return elements(Float32Array, bytes).slice();
    case "float64":
      return new Float32Array(elements(Float64Array, bytes));
    case "float16":
      return lookUp(elements(Uint16Array, bytes), halfTable());
    case "bfloat16":
      return fromUpperHalves(elements(Uint16Array, bytes));
    case "float8e5m2":
      return lookUp(bytes, E5M2);
    case "float8e4m3fn":
      return lookUp(bytes, E4M3FN);
    case "int8":
      return new Float32Array(elements(Int8Array, bytes));
    case "uint8":
    case "bool":
      return new Float32Array(bytes);
    case "int16":
      return new Float32Array(elements(Int16Array, bytes));
    case "uint16":
      return new Float32Array(elements(Uint16Array, bytes));
    case "int32":
      return new Float32Array(elements(Int32Array, bytes));
    case "uint32":
      return new Float32Array(elements(Uint32Array, bytes));
    case "int64":
      return Float32Array.from(elements(BigInt64Array, bytes), Number);
    case "uint64":
      return Float32Array.from(elements(BigUint64Array, bytes), Number);
    default:
      throw new FrugalError({
        code: "unsupported-input",
        what: `cannot read values of type ${dtype} as fp32`,
        why: "weights are not stored in this type by themselves",
        remedy: "use a version of the model with weights in fp32, fp16, bf16 or int8",
      });
  }
}

/** Rounds to the nearest, ties to even: too large becomes infinite, NaN stays NaN, subnormals are kept. */
export function fromFloat32(values: Float32Array, dtype: StorageFloat): Uint8Array {
  if (dtype === "float32") return bytesOf(values.slice());
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  if (dtype === "float16") for (let at = 0; at < out.length; at++) out[at] = halfBits(bits[at]!);
  else for (let at = 0; at < out.length; at++) out[at] = upperHalf(bits[at]!);
  return bytesOf(out);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** A view where the bytes lie at a multiple of the element's size, else a copy. */
function elements<T>(
  kind: { new (buffer: ArrayBufferLike, offset: number, length: number): T; BYTES_PER_ELEMENT: number },
  bytes: Uint8Array,
): T {
  const aligned = bytes.byteOffset % kind.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new kind(aligned.buffer, aligned.byteOffset, Math.floor(bytes.length / kind.BYTES_PER_ELEMENT));
}

function lookUp(codes: Uint16Array | Uint8Array, table: Float32Array): Float32Array {
  const out = new Float32Array(codes.length);
  for (let at = 0; at < out.length; at++) out[at] = table[codes[at]!]!;
  return out;
}

let halves: Float32Array | undefined;

/** The value of each of the 65,536 halves. */
export function halfTable(): Float32Array {
  if (halves === undefined) halves = Float32Array.from({ length: 65_536 }, (_, bits) => halfValue(bits));
  return halves;
}

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Without infinities; all ones is NaN. */
function e4m3Value(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >>> 3) & 0xf;
  const fraction = bits & 7;
  if ((bits & 0x7f) === 0x7f) return Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -9;
  return sign * (8 + fraction) * 2 ** (exponent - 10);
}

const E5M2 = Float32Array.from({ length: 256 }, (_, bits) => halfValue(bits << 8));
const E4M3FN = Float32Array.from({ length: 256 }, (_, bits) => e4m3Value(bits));

function fromUpperHalves(halves: Uint16Array): Float32Array {
  const out = new Uint32Array(halves.length);
  for (let at = 0; at < out.length; at++) out[at] = halves[at]! << 16;
  return new Float32Array(out.buffer);
}

/** Bits of binary32 to those of bfloat16. A NaN keeps its upper bits and becomes quiet: rounding could make it infinite. */
function upperHalf(bits: number): number {
  if ((bits & 0x7fff_ffff) > 0x7f80_0000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Bits of binary32 to those of binary16. */
function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fff_ffff;
  if (size > 0x7f80_0000) return sign | 0x7e00 | ((size >>> 13) & 0x1ff);
  // From 65,520 on, halfway between the largest half and what would follow it.
  if (size >= 0x477f_f000) return sign | 0x7c00;
  // From 2^-14 on, halves are normal: the exponent's bias goes from 127 to 15, and a carry out of the fraction raises it.
  if (size >= 0x3880_0000) return sign | ((size - 0x3800_0000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  const shift = 126 - (size >>> 23);
  // Below 2^-25, half of the smallest half.
  if (shift > 24) return sign;
  const fraction = (size & 0x7f_ffff) | 0x80_0000;
  const kept = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  return sign | (kept + (rest > tie || (rest === tie && (kept & 1) === 1) ? 1 : 0));
}
