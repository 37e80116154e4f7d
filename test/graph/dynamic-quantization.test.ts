/** Dynamically quantized products without their rounding, beside what ONNX Runtime makes of them with it. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { readOnnxModel } from "../../src/formats/onnx/read-model.ts";
import { Builder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { importModel } from "../../src/graph/import.ts";
import { linearLayers } from "../../src/graph/passes/add-lora.ts";
import { forTraining } from "../../src/graph/passes/for-training.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { packageFolder } from "../../src/journey/packaged-models.ts";
import { distance } from "../support/golden-model.ts";
import { floats, inMemory, startGraph } from "../support/run-graph.ts";

type Form = (build: Builder, x: string) => string;
const weight = (build: Builder): string =>
  build.constant({ dtype: "uint8", shape: [4, 2], values: [0, 255, 17, 90, 128, 3, 200, 64] });
const scale = (build: Builder): string =>
  build.constant({ dtype: "float32", shape: [2], values: [0.5, 0.02] });
const zero = (build: Builder): string => build.constant({ dtype: "uint8", shape: [2], values: [100, 7] });
const bias = (build: Builder): string => build.constant({ dtype: "float32", shape: [2], values: [30, -1] });
const rounded = (build: Builder, x: string) =>
  build.ops("DynamicQuantizeLinear", [x], {}, 3) as [string, string, string];

const FORMS: Readonly<Record<string, Form>> = {
  "MatMulInteger, Cast and Mul": (build, x) => {
    const [a, aScale, aZero] = rounded(build, x);
    const product = build.op("MatMulInteger", [a, weight(build), aZero, zero(build)]);
    const numbers = build.op("Cast", [product], { to: 1 });
    return build.op("Mul", [numbers, build.op("Mul", [aScale, scale(build)])]);
  },
  DynamicQuantizeMatMul: (build, x) =>
    build.op("com.microsoft:DynamicQuantizeMatMul", [
      x,
      weight(build),
      scale(build),
      zero(build),
      bias(build),
    ]),
  MatMulIntegerToFloat: (build, x) => {
    const [a, aScale, aZero] = rounded(build, x);
    return build.op("com.microsoft:MatMulIntegerToFloat", [
      a, weight(build), aScale, scale(build), aZero, zero(build), bias(build),
    ]); // biome-ignore format: one line reads as one call
  },
};

const run = async (graph: Graph, shape: readonly number[], values: readonly number[]) =>
  (await (await startGraph(graph)).run({ [graph.inputs[0]!]: floats(shape, values) }))[graph.outputs[0]!]!
    .values;

test.each(Object.entries(FORMS))("%s becomes one linear layer", async (_, form) => {
  const build = new Builder("rounded");
  const graph = build.build([form(build, build.input("x", "float32", [2, 3, 4]))]);
  const plain = forTraining(graph);
  expect([...linearLayers(plain).values()]).toHaveLength(1);
  expect(plain.nodes.map(({ op }) => op)).not.toContain("DynamicQuantizeLinear");
  // Whole numbers over the range of eight bits: nothing is lost by rounding, and both must agree.
  const values = Array.from({ length: 24 }, (_, at) => (at === 0 ? 0 : at === 1 ? 255 : (at * 37) % 256));
  const [asked, made] = [await run(graph, [2, 3, 4], values), await run(plain, [2, 3, 4], values)];
  expect(distance(made, asked)).toBeLessThan(1e-5);
});

test("Moonshine's encoder without rounding is near the file's own answer", async () => {
  const path = join(
    packageFolder("@moonshine-ai/moonshine-js"),
    "dist/model/tiny/quantized/encoder_model.onnx",
  );
  const sizes = new Map([
    ["batch_size", 1],
    ["num_samples", 4_000],
  ]);
  const graph = await inMemory(importModel(await readOnnxModel(nodeFiles, path), sizes).graph);
  const wave = Array.from({ length: 4_000 }, (_, at) => Math.sin(at / 9) * Math.sin(at / 700));
  const [asked, made] = [await run(graph, [1, 4_000], wave), await run(forTraining(graph), [1, 4_000], wave)];
  // Each of 36 products rounds a whole tensor to 256 steps; what that makes of one layer alone, the forms above say.
  expect(distance(made, asked)).toBeLessThan(0.12);
});
