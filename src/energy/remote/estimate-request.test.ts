import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FrugalError } from "../../core/error.ts";
import type { Interval } from "../../core/interval.ts";
import { estimateRequest, type RequestToEstimate } from "./estimate-request.ts";
import { FITTED } from "./fitted.ts";
import { parsePoints } from "./measured-points.ts";
import { findMeasuredModel, measuredModels } from "./model-shape.ts";

const CSV = join(import.meta.dirname, "..", "..", "..", "data", "remote-energy", "measured.csv");
const TOLD = { gpu: "h100", gpus: 1, concurrency: 64 } as const;
const width = ({ low, high }: Interval) => high / low;
const estimate = (more: Partial<RequestToEstimate>) =>
  estimateRequest({ inputTokens: 500, outputTokens: 400, ...more });

test("every measured setting lies in the interval that its own facts give, but for the promised few", () => {
  const points = parsePoints(readFileSync(CSV, "utf8"));
  const held = points.filter(({ model, gpu, gpus, concurrency, outputTokens, joulesPerToken }) => {
    const { outputJ } = estimateRequest({ model, gpu, gpus, concurrency, outputTokens, inputTokens: 0 });
    const joules = joulesPerToken * outputTokens;
    return outputJ.low <= joules && joules <= outputJ.high;
  });
  expect(held.length / points.length).toBeGreaterThan(0.95);
});

test("a measured model that is told in full has the factor of the left-out models, and nothing was assumed", () => {
  const { outputJ, basis, assumptions, error } = estimate({ model: "openai/gpt-oss-20b", ...TOLD });
  expect([basis, assumptions, error.leftOut]).toEqual(["measured", [], "model"]);
  expect(outputJ.high / outputJ.value).toBeCloseTo(FITTED.leftOutModel.factor95, 9);
  expect(outputJ.value / outputJ.low).toBeCloseTo(FITTED.leftOutModel.factor95, 9);
});

test("the same shape under another name is less sure: its maker was not measured", () => {
  const { activeBillions, totalBillions, bits } = findMeasuredModel("gpt-oss-20b")!;
  const shape = { activeParameters: activeBillions * 1e9, totalParameters: totalBillions * 1e9, bits };
  const known = estimate({ model: "openai/gpt-oss-20b", ...TOLD });
  const described = estimate({ model: "someone/twin", ...shape, ...TOLD });
  expect(described).toMatchObject({
    model: "someone/twin",
    basis: "parameters",
    error: { leftOut: "maker" },
  });
  expect(described.gpuJ.value).toBeCloseTo(known.gpuJ.value, 9);
  expect(width(described.gpuJ)).toBeGreaterThan(width(known.gpuJ));
});

test.each(["gpu", "gpus", "concurrency"] as const)(
  "not to know %s makes the interval wider, and is said",
  (name) => {
    const { [name]: _, ...rest } = TOLD;
    const told = estimate({ model: "Qwen/Qwen3-8B", ...TOLD });
    const untold = estimate({ model: "Qwen/Qwen3-8B", ...rest });
    expect(width(untold.gpuJ)).toBeGreaterThan(width(told.gpuJ));
    expect(untold.assumptions).toHaveLength(1);
  },
);

test("without a total and bits a described model may be dense or wide, 16 bits or 4", () => {
  const { assumptions, serving } = estimate({ activeParameters: 10e9, ...TOLD });
  expect(assumptions.join("; ")).toMatch(/all parameters are active.*16 bits/);
  expect(serving).toMatchObject({ activeBillions: 10, totalBillions: 10, bits: 16 });
});

test("beyond what was measured the interval grows and says why", () => {
  const inside = estimate({ activeParameters: 8e9, totalParameters: 8e9, bits: 16, ...TOLD, concurrency: 8 });
  const outside = estimate({
    activeParameters: 8e9,
    totalParameters: 8e9,
    bits: 16,
    ...TOLD,
    concurrency: 1,
  });
  expect(width(outside.gpuJ)).toBeGreaterThan(2 * width(inside.gpuJ));
  expect(outside.assumptions.join()).toContain("outside of what was measured (7.9 to 4100)");
});

test("a range of parameters spans the intervals of both its ends", () => {
  const ends = [10e9, 200e9].map((activeParameters) => estimate({ activeParameters, ...TOLD }).serverJ);
  const { serverJ, basis } = estimate({ activeParameters: { low: 10e9, high: 200e9 }, ...TOLD });
  expect(basis).toBe("range");
  expect([serverJ.low, serverJ.high]).toEqual([ends[0]!.low, ends[1]!.high]);
});

test("reading 1,000 tokens with 8 billion parameters: 16 TFLOP at 40 % of an H100's 989 TFLOP/s and 700 W", () => {
  const { inputJ } = estimate({ model: "Qwen/Qwen3-8B", ...TOLD, inputTokens: 1_000 });
  expect(inputJ.value).toBeCloseTo((16 / (0.4 * 989)) * 700, 9);
  expect(inputJ).toMatchObject({ low: inputJ.value / 2, high: inputJ.value * 2 });
});

test("energy is that of output and input, in proportion to their number; a server takes more than its GPUs", () => {
  const tokens = fc.integer({ min: 1, max: 100_000 });
  const models = fc.constantFrom(...measuredModels().map(({ model }) => model));
  fc.assert(
    fc.property(models, tokens, tokens, (model, inputTokens, outputTokens) => {
      const { outputJ, inputJ, gpuJ, serverJ } = estimateRequest({ model, inputTokens, outputTokens });
      for (const each of [outputJ, inputJ, gpuJ, serverJ]) {
        expect(each.low).toBeGreaterThan(0);
        expect(each.low).toBeLessThan(each.value);
        expect(each.high).toBeGreaterThan(each.value);
      }
      expect(gpuJ.value).toBeCloseTo(outputJ.value + inputJ.value, 6);
      expect(serverJ.value / gpuJ.value).toBeCloseTo(1.43, 9);
      const more = estimateRequest({ model, inputTokens: 2 * inputTokens, outputTokens });
      expect(more.inputJ.value / inputJ.value).toBeCloseTo(2, 9);
    }),
  );
});

test("a token that is not there takes nothing", () => {
  expect(estimate({ model: "Qwen/Qwen3-8B", inputTokens: 0 }).inputJ).toEqual({ low: 0, value: 0, high: 0 });
  expect(estimate({ model: "Qwen/Qwen3-8B", outputTokens: 0 }).outputJ).toEqual({
    low: 0,
    value: 0,
    high: 0,
  });
});

test("a model of unknown size gets no number: the answer is no, with a way on", () => {
  const thrown = (() => {
    try {
      return estimate({ model: "openai/gpt-oss-20" });
    } catch (error) {
      return error as FrugalError;
    }
  })();
  expect(thrown).toBeInstanceOf(FrugalError);
  expect(thrown).toMatchObject({ code: "not-found", exitCode: 1 });
  expect((thrown as FrugalError).remedy).toMatch(/did you mean openai\/gpt-oss-20b.*--active-params/);
  expect(() => estimate({ model: "openai/gpt-5" })).toThrow("number of active parameters was not given");
  expect(() => estimate({})).toThrow("the model");
});

test.each([
  [{ inputTokens: -1 }, "-1 tokens"],
  [{ outputTokens: Number.NaN }, "NaN tokens"],
  [{ inputTokens: 0, outputTokens: 0 }, "nothing is written"],
  [{ concurrency: 0 }, "requests at the same time, 0"],
  [{ gpus: Number.POSITIVE_INFINITY }, "number of GPUs"],
  [{ bits: 0.5 }, "bits per weight"],
  [{ activeParameters: 0 }, "active parameters in billions, 0"],
  [{ activeParameters: 8e9, totalParameters: 7e9 }, "fewer than the 8 billion"],
  [{ totalParameters: 7e9 }, "fewer than the 8 billion"],
])("%j is refused", (part, words) => {
  expect(() => estimate({ model: "Qwen/Qwen3-8B", ...part })).toThrow(words);
});
