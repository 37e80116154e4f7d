/** The keys and values of GGUF files (ggml-org/ggml, docs/gguf.md). */

/** Numbers as GGUF writes them. */
export const GGUF_TYPES = [
  "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "bool", "string", "array", "uint64", "int64", "float64",
] as const; // biome-ignore format: one line reads as one row

export type GgufType = (typeof GGUF_TYPES)[number];
export type GgufItemType = Exclude<GgufType, "array">;

export type GgufArray =
  | readonly string[]
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | BigUint64Array
  | BigInt64Array
  | Float64Array;

/** 64-bit integers are bigint; an array of bool has a byte, 0 or 1, for each. */
export type GgufValue =
  | { readonly type: GgufItemType; readonly value: number | bigint | boolean | string }
  | { readonly type: "array"; readonly of: GgufItemType; readonly value: GgufArray };
