/**
 * Blocks of 32 values with one scale, rounded as ggml rounds its Q8_0 and Q4_0 (ggml-org/llama.cpp, ggml/src/ggml-quants.c,
 * quantize_row_q8_0_ref and quantize_row_q4_0_ref), but with scales in fp32: what was quantized so by llama.cpp keeps each value.
 */
import { FrugalError } from "../core/error.ts";

export const BLOCK = 32;
export type BlockBits = 4 | 8;

/** @param values whole blocks. @throws "bad-model" for a value that is no finite number. */
export function blockScales(values: Float32Array, bits: BlockBits): Float32Array {
  const scales = new Float32Array(values.length / BLOCK);
  for (let block = 0; block < scales.length; block++) {
    const largest = largestOf(values, block * BLOCK);
    if (!Number.isFinite(largest)) throw notFinite();
    scales[block] = bits === 8 ? Math.abs(largest) / 127 : largest / -8;
  }
  return scales;
}

/** Of `values` with those scales: int8 each, or two of int4 to a byte, the first in the low half. */
export function quantizeBlocks(values: Float32Array, scales: Float32Array, bits: BlockBits): Uint8Array {
  const out = new Uint8Array((values.length * bits) / 8);
  for (let block = 0; block < scales.length; block++) {
    const scale = scales[block]!;
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    const from = block * BLOCK;
    if (bits === 8)
      for (let at = from; at < from + BLOCK; at++) {
        out[at] = away(Math.fround(values[at]! * inverse));
      }
    else {
      for (let at = from; at < from + BLOCK; at += 2) {
        out[at >> 1] =
          nibble(Math.fround(values[at]! * inverse)) | (nibble(Math.fround(values[at + 1]! * inverse)) << 4);
      }
    }
  }
  return out;
}

/** Halves go away from zero, as C's roundf. */
export const away = (x: number): number => (x < 0 ? x - 0.5 : x + 0.5) | 0;

/** −8 … 7 as four bits. The scale has the sign that gives the largest value −8, so that only the other end is cut off. */
function nibble(x: number): number {
  const shifted = Math.fround(x + 8.5) | 0;
  return shifted > 15 ? 7 : (shifted - 8) & 15;
}

/** The first value of the largest magnitude, with its sign; NaN where there is one. */
function largestOf(values: Float32Array, from: number): number {
  let at = from;
  let magnitude = 0;
  for (let next = from; next < from + BLOCK; next++) {
    const size = Math.abs(values[next]!);
    if (size <= magnitude) continue;
    at = next;
    magnitude = size;
    if (Number.isNaN(size)) break;
  }
  return values[at]!;
}

export const notFinite = (): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: "a weight cannot be quantized",
    why: "it is no finite number",
    remedy: "copy or download the model again",
  });
