import { expect, test } from "vitest";
import { gpuInterval, NVIDIA_GAIN, unseenVariance } from "./gpu-interval.ts";

const BOARD = { gain: NVIDIA_GAIN, mostW: 400, periodS: 0.1, averagedS: 0.025 };
const half = (joules: number, windowS?: number): number => {
  const { low, value, high } = gpuInterval(BOARD, joules, windowS);
  expect(value).toBe(joules);
  expect(low).toBeCloseTo(Math.max(0, 2 * joules - high), 6);
  return high - value;
};

test("a long window, or one whose length nobody tells, is as sure as the board's calibration", () => {
  expect(half(1_000) / 1_000).toBeCloseTo(NVIDIA_GAIN, 9);
  expect(half(100_000, 1_000) / 100_000).toBeCloseTo(NVIDIA_GAIN, 5);
});

test("the shorter the window, the more its edges matter", () => {
  const relative = [0.25, 0.5, 1, 2, 10].map((seconds) => half(100 * seconds, seconds) / (100 * seconds));
  expect(relative).toEqual(relative.toSorted((a, b) => b - a));
  expect(relative[0]).toBeGreaterThan(0.2);
});

test("a window of less than two updates may hold all that the board can draw in it", () => {
  const { low, high } = gpuInterval(BOARD, 0, 0.05);
  expect([low, high]).toEqual([0, 400 * 0.05]);
  expect(gpuInterval(BOARD, 30, 0.05).low).toBe(0);
});

test("steady power leaves nothing unseen; what bursts hide grows with the square of their height", () => {
  expect(unseenVariance(0, 0.1)).toBe(0);
  expect(unseenVariance(300, 0.1) / unseenVariance(150, 0.1)).toBeCloseTo(4, 9);
});
