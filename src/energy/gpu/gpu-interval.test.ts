import { expect, test } from "vitest";
import { gpuInterval, NVIDIA_GAIN } from "./gpu-interval.ts";

const stepping = (largestW: number, squares: number) => ({
  largestW: () => largestW,
  squares: () => squares,
});
/** 100 W for 100 s. */
const STEADY = {
  gain: NVIDIA_GAIN, mostW: 400, periodS: 0.1, lagS: 0.1, steps: stepping(0, 0),
  total: { joules: 10_000, coveredS: 100 },
}; // biome-ignore format: one record
/** Ten updates a second, from each to the next 150 W. */
const BURSTY = { ...STEADY, steps: stepping(0, 1_000 * 150 ** 2) };
const half = (seen: typeof STEADY, joules: number, windowS?: number): number => {
  const { low, value, high } = gpuInterval(seen, joules, windowS);
  expect(value).toBe(joules);
  expect(low).toBeGreaterThanOrEqual(0);
  return high - value;
};

test("steady power over a long window is as sure as the board's calibration", () => {
  expect(half(STEADY, 1_000, 10)).toBeCloseTo(94, 9);
});

test("a window of less than two updates may hold as much as the board can draw in one", () => {
  const { low, high } = gpuInterval(STEADY, 1, 0.05);
  expect(low).toBe(0);
  expect(high).toBeGreaterThan(400 * 0.05);
  expect(half(STEADY, 100, 1)).toBeLessThan(10);
});

test("a step of power widens short windows by a constant number of joules", () => {
  const stepped = { ...STEADY, steps: stepping(300, 0) };
  expect(half(stepped, 50, 0.5) / 50).toBeGreaterThan(0.2);
  expect(half(stepped, 5_000, 50) / 5_000).toBeLessThan(0.1);
});

test("bursts widen the interval with the root of time, so that they matter less in long windows", () => {
  const relative = [1, 4, 100].map((seconds) => half(BURSTY, 100 * seconds, seconds) / (100 * seconds));
  expect(relative[0]).toBeGreaterThan(relative[1]!);
  expect(relative[1]).toBeGreaterThan(relative[2]!);
  expect(relative[2]).toBeLessThan(0.12);
});

test("without a window its length follows from the mean power", () => {
  expect(gpuInterval(BURSTY, 500)).toEqual(gpuInterval(BURSTY, 500, 5));
});
