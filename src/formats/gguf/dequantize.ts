/**
 * Blocks of ggml's quantized types to fp32, to the bit as ggml does it (ggml-org/llama.cpp, ggml/src/ggml-quants.c,
 * dequantize_row_*; block layouts in ggml/src/ggml-common.h). The product of a half and an integer of up to 13 bits is exact in fp32,
 * and fp64 holds the sum of two fp32 well enough to round it once, on storing: so the plain arithmetic here is ggml's.
 */
import { halfTable } from "../convert-dtype.ts";

/** `blocks`: whole blocks; `out`: as many values as they hold. */
type Dequantize = (blocks: Uint8Array, out: Float32Array) => void;

const half = (bytes: Uint8Array, at: number): number => halfTable()[bytes[at]! | (bytes[at + 1]! << 8)]!;
const signed = (byte: number): number => (byte << 24) >> 24;

/** d, 32 × int8. */
const q8_0: Dequantize = (blocks, out) => {
  for (let at = 0, to = 0; to < out.length; at += 34, to += 32) {
    const d = half(blocks, at);
    for (let i = 0; i < 32; i++) out[to + i] = d * signed(blocks[at + 2 + i]!);
  }
};

/** d, 16 bytes: value i in the low half of byte i, value i + 16 in the high half. */
const q4_0: Dequantize = (blocks, out) => {
  for (let at = 0, to = 0; to < out.length; at += 18, to += 32) {
    const d = half(blocks, at);
    for (let i = 0; i < 16; i++) {
      const byte = blocks[at + 2 + i]!;
      out[to + i] = d * ((byte & 15) - 8);
      out[to + 16 + i] = d * ((byte >>> 4) - 8);
    }
  }
};

/** d, m, 16 bytes as in Q4_0. */
const q4_1: Dequantize = (blocks, out) => {
  for (let at = 0, to = 0; to < out.length; at += 20, to += 32) {
    const d = half(blocks, at);
    const m = half(blocks, at + 2);
    for (let i = 0; i < 16; i++) {
      const byte = blocks[at + 4 + i]!;
      out[to + i] = d * (byte & 15) + m;
      out[to + 16 + i] = d * (byte >>> 4) + m;
    }
  }
};

/** d, 32 fifth bits, 16 bytes as in Q4_0. */
const q5_0: Dequantize = (blocks, out) => {
  for (let at = 0, to = 0; to < out.length; at += 22, to += 32) {
    const d = half(blocks, at);
    for (let i = 0; i < 16; i++) {
      const byte = blocks[at + 6 + i]!;
      out[to + i] = d * (((byte & 15) | (bit(blocks, at + 2, i) << 4)) - 16);
      out[to + 16 + i] = d * (((byte >>> 4) | (bit(blocks, at + 2, i + 16) << 4)) - 16);
    }
  }
};

/** d, m, 32 fifth bits, 16 bytes as in Q4_0. */
const q5_1: Dequantize = (blocks, out) => {
  for (let at = 0, to = 0; to < out.length; at += 24, to += 32) {
    const d = half(blocks, at);
    const m = half(blocks, at + 2);
    for (let i = 0; i < 16; i++) {
      const byte = blocks[at + 8 + i]!;
      out[to + i] = d * ((byte & 15) | (bit(blocks, at + 4, i) << 4)) + m;
      out[to + 16 + i] = d * ((byte >>> 4) | (bit(blocks, at + 4, i + 16) << 4)) + m;
    }
  }
};

const bit = (bytes: Uint8Array, at: number, index: number): number =>
  (bytes[at + (index >>> 3)]! >>> (index & 7)) & 1;

/** Scale of the j-th of eight groups and its minimum, 6 bits each in 12 bytes (get_scale_min_k4). */
const scaleK4 = (s: Uint8Array, at: number, j: number): number =>
  j < 4 ? s[at + j]! & 63 : (s[at + j + 4]! & 15) | ((s[at + j - 4]! >>> 6) << 4);
const minimumK4 = (s: Uint8Array, at: number, j: number): number =>
  j < 4 ? s[at + j + 4]! & 63 : (s[at + j + 4]! >>> 4) | ((s[at + j]! >>> 6) << 4);

/** d, dmin, 12 bytes of scales, 128 bytes: of each 64 values, the first 32 in the low halves. */
const q4_K: Dequantize = (blocks, out) => {
  for (let at = 0, to = 0; to < out.length; at += 144, to += 256) {
    const d = half(blocks, at);
    const dmin = half(blocks, at + 2);
    for (let j = 0; j < 8; j++) {
      const scale = d * scaleK4(blocks, at + 4, j);
      const minimum = dmin * minimumK4(blocks, at + 4, j);
      const from = at + 16 + (j >>> 1) * 32;
      const shift = (j & 1) * 4;
      for (let i = 0; i < 32; i++)
        out[to + j * 32 + i] = scale * ((blocks[from + i]! >>> shift) & 15) - minimum;
    }
  }
};

/** As Q4_K, with 32 bytes of fifth bits before the 128: bit j of byte i is that of value i of group j. */
const q5_K: Dequantize = (blocks, out) => {
  for (let at = 0, to = 0; to < out.length; at += 176, to += 256) {
    const d = half(blocks, at);
    const dmin = half(blocks, at + 2);
    for (let j = 0; j < 8; j++) {
      const scale = d * scaleK4(blocks, at + 4, j);
      const minimum = dmin * minimumK4(blocks, at + 4, j);
      const from = at + 48 + (j >>> 1) * 32;
      const shift = (j & 1) * 4;
      for (let i = 0; i < 32; i++) {
        const fifth = ((blocks[at + 16 + i]! >>> j) & 1) << 4;
        out[to + j * 32 + i] = scale * (((blocks[from + i]! >>> shift) & 15) | fifth) - minimum;
      }
    }
  }
};

/** 128 bytes of low halves, 64 bytes of upper two bits, 16 scales (int8), d. */
const q6_K: Dequantize = (blocks, out) => {
  for (let at = 0, to = 0; to < out.length; at += 210, to += 256) {
    const d = half(blocks, at + 208);
    // Eight groups of 32 values: four share 64 low bytes and 32 high ones.
    for (let group = 0; group < 8; group++) {
      const low = at + (group >>> 2) * 64 + (group & 1) * 32;
      const high = at + 128 + (group >>> 2) * 32;
      const lowShift = ((group >>> 1) & 1) * 4;
      const highShift = (group & 3) * 2;
      for (let i = 0; i < 32; i++) {
        const scale = d * signed(blocks[at + 192 + group * 2 + (i >>> 4)]!);
        const q = ((blocks[low + i]! >>> lowShift) & 15) | (((blocks[high + i]! >>> highShift) & 3) << 4);
        out[to + group * 32 + i] = scale * (q - 32);
      }
    }
  }
};

/** By ggml's name of the type. */
export const DEQUANTIZE: ReadonlyMap<string, Dequantize> = new Map([
  ["Q8_0", q8_0], ["Q4_0", q4_0], ["Q4_1", q4_1], ["Q5_0", q5_0], ["Q5_1", q5_1], ["Q4_K", q4_K], ["Q5_K", q5_K], ["Q6_K", q6_K],
]); // biome-ignore format: one line reads as one row
