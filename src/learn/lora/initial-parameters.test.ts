import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { toFloat32 } from "../../formats/convert-dtype.ts";
import { Builder } from "../../graph/builder.ts";
import { tensorOf } from "../../graph/values.ts";
import { assembleStep } from "./assemble-step.ts";
import { initialParameters } from "./initial-parameters.ts";

const IN = 300;
const RANK = 40;

function opened() {
  const values = Array.from({ length: 3 * IN }, (_, at) => Math.sin(at) + Math.floor(at / IN));
  const build = new Builder("one");
  const x = build.input("x", "float32", [2, IN]);
  const weight = build.weight("w.weight", tensorOf({ dtype: "float32", shape: [3, IN], values }));
  const head = build.weight("head.weight", tensorOf({ dtype: "float32", shape: [1, 3], values: [5, 6, 7] }));
  const y = build.op("Gemm", [build.op("Gemm", [x, weight], { transB: 1 }), head], { transB: 1 });
  const forward = build.build([y]);
  const targets = () => [{ weight, rank: RANK, scale: 1, dora: true }];
  const step = assembleStep(
    forward,
    { targets, whole: [head] },
    { seeds: new Map([[y, undefined]]), memory: "keep", base: "f32" },
  );
  const start = (init: true | "gaussian", seed = 1) =>
    initialParameters(fakeWorld().files, step, {
      init,
      seed,
      weightOf: (name) => forward.initializers.get(name),
    });
  const part = (all: Float32Array, name: string): Float32Array => {
    const { offset, shape } = step.spans.get(name)!;
    return all.subarray(offset, offset + shape.reduce((a, b) => a * b));
  };
  return { forward, start, part };
}

const spread = (values: Float32Array): number =>
  Math.sqrt(values.reduce((sum, one) => sum + one * one, 0) / values.length);

test("A is uniform within 1/√in or normal around 0 with 1/r, B zero, and the same for the same seed", async () => {
  const { start, part } = opened();
  const a = part(await start(true), "w.lora_A.weight");
  expect(a).toHaveLength(RANK * IN);
  expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(IN));
  // Of a uniform number within ±b, b/√3.
  expect(spread(a) * Math.sqrt(3 * IN)).toBeCloseTo(1, 1);
  expect(spread(part(await start("gaussian"), "w.lora_A.weight")) * RANK).toBeCloseTo(1, 1);
  expect(part(await start(true), "w.lora_B.weight").every((value) => value === 0)).toBe(true);
  expect(await start(true)).toEqual(await start(true));
  expect(await start(true)).not.toEqual(await start(true, 2));
});

test("magnitudes are the lengths of the rows, and weights trained as a whole are as they were", async () => {
  const { forward, start, part } = opened();
  const all = await start(true);
  const weight = toFloat32(forward.initializers.get("w.weight")!.data as Uint8Array, "float32");
  const lengths = [0, 1, 2].map((row) => Math.hypot(...weight.subarray(row * IN, (row + 1) * IN)));
  for (const [row, length] of part(all, "w.lora_magnitude_vector").entries())
    expect(length).toBeCloseTo(lengths[row]!, 4);
  expect([...part(all, "head.weight")]).toEqual([5, 6, 7]);
});
