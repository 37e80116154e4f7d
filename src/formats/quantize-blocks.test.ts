import fc from "fast-check";
import { expect, test } from "vitest";
import { oracleWorld } from "../../test/support/weight-oracle.ts";
import { openGguf } from "./gguf/open-gguf.ts";
import { BLOCK, type BlockBits, blockScales, quantizeBlocks } from "./quantize-blocks.ts";
import { readFloat32 } from "./stored-tensor.ts";

const integers = (bytes: Uint8Array, bits: BlockBits): number[] =>
  bits === 8
    ? [...new Int8Array(bytes.buffer)]
    : [...bytes].flatMap((byte) => [byte & 15, byte >>> 4]).map((four) => (four > 7 ? four - 16 : four));

function roundTrip(values: Float32Array, bits: BlockBits): { read: Float32Array; scales: Float32Array } {
  const scales = blockScales(values, bits);
  const whole = integers(quantizeBlocks(values, scales, bits), bits);
  return { read: Float32Array.from(whole, (q, at) => q * scales[Math.floor(at / BLOCK)]!), scales };
}

const blocks = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
    minLength: BLOCK,
    maxLength: 3 * BLOCK,
  })
  .map((values) => Float32Array.from(values.slice(0, values.length - (values.length % BLOCK))));

test("of eight bits, no value moves by more than half a step", () => {
  fc.assert(
    fc.property(blocks, (values) => {
      const { read, scales } = roundTrip(values, 8);
      for (const [at, value] of values.entries()) {
        const step = scales[Math.floor(at / BLOCK)]!;
        expect(Math.abs(read[at]! - value)).toBeLessThanOrEqual(step * 0.501 + 1e-37);
      }
    }),
  );
});

test("of four bits, the largest value stays, and no other moves by more than a step", () => {
  fc.assert(
    fc.property(blocks, (values) => {
      const { read, scales } = roundTrip(values, 4);
      for (const [at, value] of values.entries()) {
        const step = Math.abs(scales[Math.floor(at / BLOCK)]!);
        expect(Math.abs(read[at]! - value)).toBeLessThanOrEqual(step * 1.001 + 1e-37);
      }
      for (let from = 0; from < values.length; from += BLOCK) {
        const block = [...values.subarray(from, from + BLOCK)];
        const largest = block.findIndex((value) => Math.abs(value) === Math.max(...block.map(Math.abs)));
        expect(Math.abs(read[from + largest]! - block[largest]!)).toBeLessThanOrEqual(1e-37);
      }
    }),
  );
});

test.each([
  ["q8_0", 8],
  ["q4_0", 4],
] as const)("what gguf-py wrote as %s keeps every value", async (name, bits) => {
  const world = oracleWorld();
  const { tensors } = await openGguf(world.files, "/m/types.gguf");
  const values = await readFloat32(world.files, tensors.get(name)!);
  // Zeros have a sign there.
  expect(roundTrip(values, bits).read.map((value) => value + 0)).toEqual(values.map((value) => value + 0));
});

test.each([
  ["q8_0", 8, 1 / 127],
  ["q4_0", 4, 1 / 8],
] as const)("dense values are rounded to the integers of %s", async (name, bits, step) => {
  const world = oracleWorld();
  const { tensors } = await openGguf(world.files, "/m/types.gguf");
  const [dense, theirs] = await Promise.all(
    ["f32", name].map((one) => readFloat32(world.files, tensors.get(one)!)),
  );
  const { read } = roundTrip(dense!, bits);
  // Their scales are halves: 11 bits.
  for (const [at, value] of theirs!.entries()) {
    const largest = Math.max(...dense!.subarray(at - (at % BLOCK), at - (at % BLOCK) + BLOCK).map(Math.abs));
    expect(Math.abs(read[at]! - value), `${at}`).toBeLessThan(largest * step * 0.5 + 1e-7);
  }
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])("%d is refused", (bad) => {
  const values = new Float32Array(BLOCK).fill(1);
  values[7] = bad;
  expect(() => blockScales(values, 8)).toThrow("a weight cannot be quantized");
});

test("a block of zeros stays one", () => {
  for (const bits of [8, 4] as const) {
    expect(roundTrip(new Float32Array(BLOCK), bits).read.every((value) => value === 0)).toBe(true);
  }
});
