import fc from "fast-check";
import { expect, test } from "vitest";
import { bytes } from "../../core/quantity.ts";
import type { MemoryForecast } from "../../graph/summary/forecast.ts";
import type { MemoryMode } from "./assemble-step.ts";
import { fitMemory } from "./fit-memory.ts";

const MODES = ["keep", "light", "recompute"] as const;
const WEIGHTS = 400e6;
const RUNTIME = 100e6;

const forecastOf =
  (activations: Readonly<Record<MemoryMode, number>>) =>
  (mode: MemoryMode): MemoryForecast => ({
    weights: WEIGHTS,
    activations: activations[mode],
    runtime: RUNTIME,
    peak: WEIGHTS + RUNTIME + activations[mode],
  });
const ACTIVATIONS = { keep: 1_500e6, light: 1_000e6, recompute: 200e6 };
const choose = (wanted: MemoryMode | "auto", budget: number) =>
  fitMemory(wanted, forecastOf(ACTIVATIONS), bytes(budget));

test.each([
  [4e9, "keep"],
  [2e9, "light"],
  [1e9, "recompute"],
])("with %s bytes free the fastest mode that fits is taken: %s", (budget, mode) => {
  expect(choose("auto", budget).mode).toBe(mode);
});

test("a mode that is asked for and fits is taken, although a faster one would fit", () => {
  expect(choose("recompute", 4e9).mode).toBe("recompute");
});

test("a mode that is asked for and does not fit is refused with the one that does", () => {
  expect(() => choose("keep", 2e9)).toThrow(
    expect.objectContaining({
      code: "memory-too-small",
      remedy: expect.stringContaining("memory mode light"),
    }),
  );
});

test("where no mode fits, a smaller batch and a smaller base are told as far as they would fit", () => {
  const batch = expect.stringMatching(/batches or sequences of \d+ % of these tokens/);
  expect(() => choose("auto", 700e6)).toThrow(
    expect.objectContaining({ code: "memory-too-small", remedy: batch }),
  );
  expect(() => choose("auto", 700e6)).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining("int8") }),
  );
  expect(() => choose("auto", 560e6)).toThrow(
    expect.objectContaining({ remedy: expect.not.stringContaining("batches or") }),
  );
  expect(() => choose("auto", 100e6)).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining("smaller model") }),
  );
});

test("what is told to fit as a smaller batch does fit", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1e6, max: 1e9 }), (budget) => {
      try {
        choose("auto", budget);
      } catch (thrown) {
        const percent = /of (\d+) % of these tokens/.exec((thrown as { remedy: string }).remedy)?.[1];
        fc.pre(percent !== undefined);
        const smaller = (Number(percent) / 100) * ACTIVATIONS.recompute;
        const activations = { keep: smaller, light: smaller, recompute: smaller };
        expect(MODES).toContain(fitMemory("recompute", forecastOf(activations), bytes(budget)).mode);
      }
    }),
  );
});

test("a mode slower than one that fits is not even built", () => {
  const asked: MemoryMode[] = [];
  fitMemory(
    "auto",
    (mode) => {
      asked.push(mode);
      return forecastOf(ACTIVATIONS)(mode);
    },
    bytes(2e9),
  );
  expect(asked).toEqual(["keep", "light"]);
});
