import fc from "fast-check";
import { expect, test } from "vitest";
import { readWav, writeWav } from "./wav.ts";

/** A WAV of any encoding: `put` writes one sample. */
function wav(code: number, bits: number, channels: number, data: Uint8Array, extensible = false): Uint8Array {
  const extra = extensible ? 24 : 0;
  const bytes = new Uint8Array(44 + extra + data.length);
  const view = new DataView(bytes.buffer);
  const put = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  put(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, 16 + extra, true);
  view.setUint16(20, extensible ? 0xfffe : code, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8_000, true);
  view.setUint16(34, bits, true);
  if (extensible) view.setUint16(44, code, true);
  put(36 + extra, "data");
  view.setUint32(40 + extra, data.length, true);
  bytes.set(data, 44 + extra);
  return bytes;
}
/** The bytes of a typed array; WAV and every machine that runs this are little-endian. */
const bytesOf = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer);

test.each([
  ["8-bit", 1, 8, Uint8Array.of(192, 0)],
  ["16-bit", 1, 16, bytesOf(Int16Array.of(16_384, -32_768))],
  ["24-bit", 1, 24, Uint8Array.of(0, 0, 0x40, 0, 0, 0x80)],
  ["32-bit", 1, 32, bytesOf(Int32Array.of(2 ** 30, -(2 ** 31)))],
  ["float", 3, 32, bytesOf(Float32Array.of(0.5, -1))],
  ["double", 3, 64, bytesOf(Float64Array.of(0.5, -1))],
])("%s samples are read, plain and extensible", (_, code, bits, samples) => {
  expect([...readWav("x", wav(code, bits, 1, samples)).samples]).toEqual([0.5, -1]);
  expect([...readWav("x", wav(code, bits, 1, samples, true)).samples]).toEqual([0.5, -1]);
});

test("stereo becomes the mean of its channels", () => {
  const both = bytesOf(Int16Array.of(16_384, -16_384));
  expect(readWav("x", wav(1, 16, 2, both))).toEqual({ samples: Float32Array.of(0), rateHz: 8_000 });
});

test("what is written is read again within half a step", () => {
  fc.assert(
    fc.property(fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { minLength: 1 }), (values) => {
      const { samples, rateHz } = readWav(
        "x",
        writeWav({ samples: Float32Array.from(values), rateHz: 16_000 }),
      );
      expect(rateHz).toBe(16_000);
      for (const [at, value] of values.entries()) expect(Math.abs(samples[at]! - value)).toBeLessThan(1e-4);
    }),
  );
});

test.each([
  ["text", new TextEncoder().encode("hello, I am no sound file"), "RIFF"],
  ["an empty file", new Uint8Array(), "RIFF"],
  ["a header alone", wav(1, 16, 1, new Uint8Array()).slice(0, 36), "no samples"],
  ["a cut file", wav(1, 16, 1, new Uint8Array(100)).slice(0, 90), "cut off"],
  ["ADPCM", wav(2, 4, 1, new Uint8Array(8)), "code 2"],
  ["no channels", wav(1, 16, 0, new Uint8Array(8)), "no channels"],
  ["NaN", wav(3, 32, 1, bytesOf(Float32Array.of(Number.NaN))), "not a number"],
])("%s is refused with the reason", (_, bytes, why) => {
  expect(() => readWav("x.wav", bytes)).toThrow(
    expect.objectContaining({ code: "unsupported-input", message: expect.stringContaining(why) }),
  );
});

test("a file without a sample is empty", () => {
  expect(() => readWav("x.wav", wav(1, 16, 1, new Uint8Array()))).toThrow(
    expect.objectContaining({ code: "empty-input" }),
  );
});

test("no bytes at all make the reader fail in an unknown way", () => {
  const whole = wav(1, 16, 2, new Uint8Array(64), true);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, cut) => {
      const bytes = whole.slice(0, cut);
      if (at < bytes.length) bytes[at] = value;
      try {
        readWav("x", bytes);
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: "FrugalError" });
      }
    }),
  );
});
