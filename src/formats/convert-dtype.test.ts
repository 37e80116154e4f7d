import fc from "fast-check";
import { expect, test } from "vitest";
import { fromFloat32, toFloat32 } from "./convert-dtype.ts";

/** binary16 and bfloat16 by their definition (IEEE 754-2019, 3.4): fraction bits, exponent bits. */
const LAYOUT = { float16: [10, 5], bfloat16: [7, 8] } as const;

/** Exact: each value of the two types is an fp64. */
function exactValue(bits: number, dtype: keyof typeof LAYOUT): number {
  const [fractionBits, exponentBits] = LAYOUT[dtype];
  const sign = bits >>> 15 ? -1 : 1;
  const exponent = (bits >>> fractionBits) & (2 ** exponentBits - 1);
  const fraction = bits & (2 ** fractionBits - 1);
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1)
    return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  const significand = exponent === 0 ? fraction : 2 ** fractionBits + fraction;
  return sign * significand * 2 ** (Math.max(exponent, 1) - bias - fractionBits);
}

/** The nearest by trying neighbours; between two, the one whose last bit is 0. Beyond the largest, as if one more exponent existed. */
function nearestBits(value: number, dtype: keyof typeof LAYOUT): number {
  const [fractionBits, exponentBits] = LAYOUT[dtype];
  const sign = Object.is(Math.sign(value), -0) || value < 0 ? 0x8000 : 0;
  const size = Math.abs(value);
  const infinite = (2 ** exponentBits - 1) << fractionBits;
  let low = 0;
  let high = infinite;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (exactValue(middle, dtype) <= size) low = middle;
    else high = middle;
  }
  const above = high === infinite ? 2 ** (2 ** (exponentBits - 1)) : exactValue(high, dtype);
  const toLow = size - exactValue(low, dtype);
  const toHigh = above - size;
  return (
    sign |
    (size === Number.POSITIVE_INFINITY || toHigh < toLow || (toHigh === toLow && low % 2 === 1) ? high : low)
  );
}

const u16 = (values: readonly number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);
const bits16 = (bytes: Uint8Array): Uint16Array =>
  new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
const everyCode = Array.from({ length: 65_536 }, (_, code) => code);

test.each(["float16", "bfloat16"] as const)(
  "each of the 65,536 values of %s is read exactly and survives a round trip",
  (dtype) => {
    const values = toFloat32(u16(everyCode), dtype);
    const back = bits16(fromFloat32(values, dtype));
    for (const code of everyCode) {
      const wanted = exactValue(code, dtype);
      // Plain comparisons: 65,536 matcher calls would take seconds.
      if (!Object.is(values[code], wanted)) expect(values[code], `${code}`).toBe(wanted);
      if (Number.isNaN(wanted)) {
        if (!Number.isNaN(exactValue(back[code]!, dtype))) expect.fail(`NaN ${code} became ${back[code]}`);
      } else if (back[code] !== code) expect(back[code]).toBe(code);
    }
  },
);

const anyFloat = fc
  .integer({ min: 0, max: 0xffff_ffff })
  .map((bits) => new Float32Array(Uint32Array.of(bits).buffer)[0]!);
/** Values at and beside the middle between two neighbours, where rounding goes wrong. */
const nearTie = (dtype: keyof typeof LAYOUT): fc.Arbitrary<number> =>
  fc.tuple(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: -1, max: 1 })).map(([code, step]) => {
    const middle = Math.fround((exactValue(code, dtype) + exactValue(Math.min(code + 1, 65_535), dtype)) / 2);
    return new Float32Array(
      Uint32Array.of(new Uint32Array(Float32Array.of(middle).buffer)[0]! + step).buffer,
    )[0]!;
  });

test.each(["float16", "bfloat16"] as const)(
  "fp32 becomes the nearest %s, ties to even, as an exact search finds it",
  (dtype) => {
    const edges = [
      0,
      -0,
      65_519.996,
      65_520,
      -65_520,
      2 ** -24,
      2 ** -25,
      2 ** -25 * 1.0001,
      2 ** -14,
      3.4e38,
      1e-45,
      Infinity,
      -Infinity,
    ];
    for (const value of edges) {
      const stored = Math.fround(value);
      expect(bits16(fromFloat32(Float32Array.of(stored), dtype))[0], `${value}`).toBe(
        nearestBits(stored, dtype),
      );
    }
    fc.assert(
      fc.property(fc.oneof(anyFloat, nearTie(dtype)), (value) => {
        const bits = bits16(fromFloat32(Float32Array.of(value), dtype))[0]!;
        if (Number.isNaN(value)) expect(exactValue(bits, dtype)).toBeNaN();
        else expect(bits).toBe(nearestBits(value, dtype));
      }),
      { numRuns: 2_000 },
    );
  },
);

test("integers, booleans, fp64 and 8-bit floats become fp32", () => {
  const bytes = (values: { readonly buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(values.buffer);
  expect([...toFloat32(bytes(Int8Array.of(-128, 127)), "int8")]).toEqual([-128, 127]);
  expect([...toFloat32(bytes(Uint8Array.of(255, 1)), "uint8")]).toEqual([255, 1]);
  expect([...toFloat32(bytes(Uint8Array.of(0, 1)), "bool")]).toEqual([0, 1]);
  expect([...toFloat32(bytes(Int16Array.of(-32_768)), "int16")]).toEqual([-32_768]);
  expect([...toFloat32(bytes(Uint16Array.of(65_535)), "uint16")]).toEqual([65_535]);
  expect([...toFloat32(bytes(Int32Array.of(-(2 ** 31))), "int32")]).toEqual([-(2 ** 31)]);
  expect([...toFloat32(bytes(Uint32Array.of(2 ** 32 - 1)), "uint32")]).toEqual([2 ** 32]);
  expect([...toFloat32(bytes(BigInt64Array.of(-(2n ** 40n))), "int64")]).toEqual([-(2 ** 40)]);
  expect([...toFloat32(bytes(BigUint64Array.of(2n ** 63n)), "uint64")]).toEqual([2 ** 63]);
  expect([...toFloat32(bytes(Float64Array.of(0.1, 1e300)), "float64")]).toEqual([Math.fround(0.1), Infinity]);
  // Micikevicius et al. 2022, table 1: largest and smallest values, NaN.
  expect([...toFloat32(Uint8Array.of(0x7e, 0x08, 0x01, 0x7f), "float8e4m3fn")]).toEqual([
    448,
    2 ** -6,
    2 ** -9,
    NaN,
  ]);
  expect([...toFloat32(Uint8Array.of(0x7b, 0x04, 0x81, 0x7c), "float8e5m2")]).toEqual([
    57_344,
    2 ** -14,
    -(2 ** -16),
    Infinity,
  ]);
});

test("bytes that lie at an odd address are read as well", () => {
  const shifted = Uint8Array.of(9, ...new Uint8Array(Float32Array.of(1.5, -2).buffer)).subarray(1);
  expect([...toFloat32(shifted, "float32")]).toEqual([1.5, -2]);
});

test("strings and 4-bit values are refused", () => {
  for (const dtype of ["string", "int4", "uint4"] as const) {
    expect(() => toFloat32(new Uint8Array(4), dtype)).toThrow(
      expect.objectContaining({ code: "unsupported-input" }),
    );
  }
});
