/** Quantized weights of a model as float32 ones: what ONNX Runtime's own kernels compute with the integers. */
import { expect, test } from "vitest";
import type { Dtype } from "../../src/formats/tensor-ref.ts";
import { byteSize } from "../../src/formats/tensor-ref.ts";
import { Builder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { linearLayers } from "../../src/graph/passes/add-lora.ts";
import { dequantizeWeights } from "../../src/graph/passes/dequantize-weights.ts";
import { forTraining } from "../../src/graph/passes/for-training.ts";
import { storeBase } from "../../src/graph/passes/store-base.ts";
import { tensorOf } from "../../src/graph/values.ts";
import { verify } from "../../src/graph/verify.ts";
import { distance } from "../support/golden-model.ts";
import { floats, inMemory, startGraph } from "../support/run-graph.ts";

const noise = (dtype: Dtype, shape: readonly number[]) => ({
  dtype,
  shape,
  data: Uint8Array.from({ length: byteSize(dtype, shape) }, (_, at) => (at * 37 + 11) % 256),
});
const scales = (...shape: number[]) =>
  tensorOf({
    dtype: "float32",
    shape,
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => 0.01 + ((at * 7) % 13) / 100),
  });

async function run(graph: Graph, shape: readonly number[]): Promise<readonly number[]> {
  const count = shape.reduce((a, b) => a * b, 1);
  const x = floats(
    shape,
    Array.from({ length: count }, (_, at) => Math.sin(at)),
  );
  const made = await (await startGraph(await inMemory(graph))).run({ x });
  return made[graph.outputs[0]!]!.values;
}

const plain = (dtype: Dtype) => (build: Builder) => build.weight("zeros", noise(dtype, [5, 2]));
interface Case {
  readonly bits: 4 | 8;
  readonly block: number;
  readonly x?: readonly number[];
  readonly zeros?: (build: Builder) => string;
  readonly bias?: true;
}
const CASES: Readonly<Record<string, Case>> = {
  "four bits": { bits: 4, block: 32 },
  "four bits, zero points, a bias": { bits: 4, block: 32, zeros: (b) => b.weight("zeros", noise("uint8", [5, 1])), bias: true },
  "four bits, zero points that are numbers": { bits: 4, block: 32, zeros: (b) => b.weight("zeros", scales(5, 2)) },
  "eight bits": { bits: 8, block: 32 },
  "eight bits, zero points": { bits: 8, block: 32, zeros: plain("uint8") },
  "texts of many tokens": { bits: 4, block: 16, x: [2, 3, 64] },
}; // biome-ignore format: a table

test.each(Object.entries(CASES))("MatMulNBits, %s", async (_, { bits, block, x = [3, 64], zeros, bias }) => {
  const build = new Builder("quantized");
  const blocks = 64 / block;
  const inputs = [
    build.input("x", "float32", x),
    build.weight("w", noise("uint8", [5, blocks, (block * bits) / 8])),
    build.weight("scales", scales(5, blocks)),
    zeros?.(build) ?? "",
    "",
    bias ? build.weight("bias", scales(5)) : "",
  ];
  const last = inputs.findLastIndex((name) => name !== "");
  const attributes = { K: 64, N: 5, bits, block_size: block };
  const graph = build.build([build.op("com.microsoft:MatMulNBits", inputs.slice(0, last + 1), attributes)]);
  const numbers = verify(dequantizeWeights(graph), "dequantizing");
  expect([...linearLayers(numbers).keys()]).toEqual(["w.f32"]);
  expect(numbers.nodes.some(({ op }) => op === "MatMulNBits")).toBe(false);
  expect(linearLayers(forTraining(numbers)).size).toBe(1);
  const exact = await run(graph, x);
  expect(distance(await run(numbers, x), exact)).toBeLessThan(1e-5);
  expect(distance(await run(storeBase(numbers, "int8"), x), exact)).toBeLessThan(0.02);
});

test.each([
  ["one scale", "int8", [], {}],
  ["a scale for each row", "uint8", [4], { axis: 0 }],
  ["a scale for each column", "int8", [6], { axis: -1 }],
  ["blocks of rows", "int8", [2, 6], { axis: 0, block_size: 2 }],
  ["blocks of columns, four bits", "int4", [4, 3], { axis: 1, block_size: 2 }],
  ["blocks of columns, four bits without a sign", "uint4", [4, 3], { axis: 1, block_size: 2 }],
] as const)("DequantizeLinear, %s", async (_, dtype, shape, attributes) => {
  for (const hasZeros of [false, true]) {
    const build = new Builder("quantized");
    const x = build.input("x", "float32", [4, 6]);
    const parts = [build.weight("w", noise(dtype, [4, 6])), build.weight("scales", scales(...shape))];
    if (hasZeros) parts.push(build.weight("zeros", noise(dtype, shape)));
    const graph = build.build([build.op("Mul", [x, build.op("DequantizeLinear", parts, attributes)])]);
    const numbers = verify(dequantizeWeights(graph), "dequantizing");
    expect(numbers.nodes.map(({ op }) => op)).toEqual(["Mul"]);
    expect(await run(numbers, [4, 6])).toEqual(await run(graph, [4, 6]));
  }
});

test("what is computed with other weights than initializers stays as it is", () => {
  const build = new Builder("dynamic");
  const scale = build.input("scale", "float32", []);
  const graph = build.build([build.op("DequantizeLinear", [build.weight("w", noise("int8", [4])), scale])]);
  expect(dequantizeWeights(graph).nodes.map(({ op }) => op)).toEqual(["DequantizeLinear"]);
});
