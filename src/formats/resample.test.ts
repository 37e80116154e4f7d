import { expect, test } from "vitest";
import { resample } from "./resample.ts";

const tone = (rateHz: number, hz: number, seconds = 0.5): Float32Array =>
  Float32Array.from({ length: rateHz * seconds }, (_, at) => Math.sin((2 * Math.PI * hz * at) / rateHz));
/** Loudness of the middle, away from the edges, where the signal is cut. */
const middleRms = (samples: Float32Array): number => {
  const middle = samples.slice(samples.length * 0.2, samples.length * 0.8);
  return Math.sqrt(middle.reduce((sum, value) => sum + value * value, 0) / middle.length);
};

test.each([44_100, 48_000, 22_050, 8_000, 11_025, 16_001])(
  "a 1 kHz tone at %i Hz comes out as one at 16 kHz",
  (rateHz) => {
    const made = resample({ samples: tone(rateHz, 1_000), rateHz }, 16_000);
    const wanted = tone(16_000, 1_000);
    expect(Math.abs(made.length - wanted.length)).toBeLessThanOrEqual(1);
    const difference = wanted.map((value, at) => value - (made[at] ?? 0));
    // −60 dB of the tone.
    expect(middleRms(difference)).toBeLessThan(0.000_7);
  },
);

test("what the new rate cannot carry is silenced, not folded down", () => {
  const made = resample({ samples: tone(48_000, 12_000), rateHz: 48_000 }, 16_000);
  // 80 dB below the tone's 0.707.
  expect(middleRms(made)).toBeLessThan(0.000_07);
});

test("a constant stays a constant and equal rates stay as they are", () => {
  const flat = new Float32Array(4_410).fill(0.25);
  const made = resample({ samples: flat, rateHz: 44_100 }, 16_000);
  for (const value of made.slice(200, -200)) expect(value).toBeCloseTo(0.25, 6);
  expect(resample({ samples: flat, rateHz: 16_000 }, 16_000)).toBe(flat);
});
