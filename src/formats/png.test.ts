import fc from "fast-check";
import sharp from "sharp";
import { expect, test } from "vitest";
import { writePng } from "./png.ts";

/** Any number of channels as red, green, blue, alpha. */
const rgba = (pixel: readonly number[]): number[] => {
  const [first = 0, second = 255, third = 0, fourth = 255] = pixel;
  return pixel.length < 3 ? [first, first, first, second] : [first, second, third, fourth];
};

test("another decoder reads the pixels that were written", async () => {
  const side = fc.integer({ min: 1, max: 9 });
  await fc.assert(
    fc.asyncProperty(
      side,
      side,
      fc.constantFrom(1, 2, 3, 4),
      fc.nat(255),
      async (width, height, channels, seed) => {
        const data = Uint8Array.from(
          { length: width * height * channels },
          (_, at) => (at * 37 + seed) % 256,
        );
        const pixels = Array.from({ length: width * height }, (_, at) =>
          rgba([...data.subarray(at * channels, (at + 1) * channels)]),
        );
        const image = sharp(writePng(width, height, channels, data));
        expect((await image.metadata()).channels).toBe(channels);
        const read = await image.toColourspace("srgb").ensureAlpha().raw().toBuffer();
        expect([...read]).toEqual(pixels.flat());
      },
    ),
    { numRuns: 30 },
  );
});
