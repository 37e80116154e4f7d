/** `frugal graph` on models as they are published, and on files that are none. */
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { main } from "../../src/apps/cli/main.ts";
import { readOnnxModel } from "../../src/formats/onnx/read-model.ts";
import { encodeOnnxModel } from "../../src/formats/onnx/write-model.ts";
import { Builder } from "../../src/graph/builder.ts";
import { emit } from "../../src/graph/emit.ts";
import { importModel } from "../../src/graph/import.ts";
import { differentiate } from "../../src/graph/passes/differentiate.ts";
import { lower } from "../../src/graph/passes/lower.ts";
import { bindSizes } from "../../src/graph/summary/sizes.ts";
import { trainableLayers } from "../../src/graph/summary/trainable.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { packagedMiniLm, packageFolder } from "../../src/journey/packaged-models.ts";
import { fakeWorld } from "../support/fake-world.ts";
import { MODEL_PATH, onnxWorld } from "../support/onnx-files.ts";

const DETYPIFY = join(packageFolder("detypify-service"), "train/model.onnx");
const MOONSHINE = join(packageFolder("@moonshine-ai/moonshine-js"), "dist/model/tiny/quantized");
let miniLm = "";
beforeAll(async () => {
  miniLm = join(await packagedMiniLm(nodeFiles), "onnx/model_q4.onnx");
});

async function graphOf(...argv: string[]) {
  const world = { ...fakeWorld(), files: nodeFiles };
  return { code: await main(world, ["graph", ...argv]), out: world.out(), err: world.err() };
}

async function graphIn(bytes: Uint8Array, ...argv: string[]) {
  const world = fakeWorld({ files: { "/m/model.onnx": bytes } });
  return { code: await main(world, ["graph", "/m/model.onnx", ...argv]), out: world.out(), err: world.err() };
}

/** Two products with weights, the first one behind what `between` makes of it. */
function twoLayers(between: (build: Builder, value: string) => string): Uint8Array {
  const build = new Builder("two");
  const weight = (name: string): string =>
    build.weight(name, { dtype: "float32", shape: [3, 2], data: new Uint8Array(24) });
  const x = build.input("x", "float32", [4, 2]);
  const first = build.op("Gemm", [x, weight("first")], { transB: 1 });
  const second = build.op("MatMul", [between(build, first), weight("second")]);
  return encodeOnnxModel(emit(build.build([second])), { inlineAll: true });
}

test("MiniLM's sizes, work, weights and linear layers are told, and what was assumed is said", async () => {
  const { code, out, err } = await graphOf(miniLm, "--json");
  expect([code, err]).toEqual([0, ""]);
  const told = JSON.parse(out);
  expect(told.sizes.bound).toEqual({ batch_size: 1, sequence_length: 128, total_sequence_length: 128 });
  expect(told.outputs).toEqual([{ name: "last_hidden_state", dtype: "float32", shape: [1, 128, 384] }]);
  // 6 layers of 4 · 384² and 2 · 384 · 1536 weights of four bits.
  const linear = 6 * (4 * 384 ** 2 + 2 * 384 * 1_536);
  expect(told.weights.kinds).toContainEqual({
    kind: "4 bits in uint8",
    tensors: 36,
    numbers: linear,
    bytes: linear / 2,
  });
  expect(told.flops.nodes_unknown).toEqual([]);
  // Each linear weight is multiplied with and added for each of 128 tokens; attention and the rest are some hundredths of it.
  expect(told.flops.known / (2 * 128 * linear)).toBeGreaterThan(1);
  expect(told.flops.known / (2 * 128 * linear)).toBeLessThan(1.1);
  expect(told.problems).toEqual([]);
  expect(told.training.layers).toHaveLength(36);
  for (const layer of told.training.layers) {
    expect(layer).toMatchObject({ lora: true, gradient_reaches: true });
  }
  const text = await graphOf(miniLm, "--size", "sequence_length=16", "--size", "total_sequence_length=16");
  expect(text.err).toContain("assumed: batch_size=1 (");
  expect(text.out).toContain("[1, 16, 384]");
});

test("no line of the text is wider than 80 columns, and no name moves the cursor", async () => {
  for (const file of [miniLm, DETYPIFY, join(MOONSHINE, "decoder_model_merged.onnx")]) {
    for (const line of (await graphOf(file)).out.split("\n"))
      expect(line.length, line).toBeLessThanOrEqual(80);
  }
  const build = new Builder("\u001b[2J");
  const x = build.input("\u001b[1Ax", "float32", ["\u001b[31m", 2]);
  const model = encodeOnnxModel(emit(build.build([build.op("Relu", [x])])), { inlineAll: true });
  const { code, out, err } = await graphIn(model);
  expect(code).toBe(0);
  expect(out + err).not.toContain("\u001b");
});

test("operators that are not in the table are named with their nodes, and sums say that they are incomplete", async () => {
  const file = join(MOONSHINE, "decoder_model_merged.onnx");
  const told = JSON.parse((await graphOf(file, "--json")).out);
  const [problem] = told.problems;
  expect(problem.node).toMatch(/^If "/);
  expect(problem.why).toContain("not known before the run");
  expect(told.flops.nodes_unknown).toContain(problem.node);
  expect((await graphOf(file)).out).toMatch(/at least [\d.]+ k?M?FLOP/);
});

test("a classifier with a loop and sequences around its shapes is known as a whole", async () => {
  const told = JSON.parse((await graphOf(DETYPIFY, "--json")).out);
  expect([told.problems, told.flops.nodes_unknown]).toEqual([[], []]);
  expect(told.flops.known).toBeGreaterThan(1e8);
  expect(told.training.layers).toMatchObject([
    { lora: true, gradient_reaches: true, parameters: 411 * 1_280 },
  ]);
});

test("weights and operators inside of branches count", async () => {
  const file = join(MOONSHINE, "decoder_model_merged.onnx");
  const told = JSON.parse((await graphOf(file, "--json")).out);
  const matmuls = told.operators.find(({ op }: { op: string }) => op === "MatMulInteger");
  expect(matmuls.count).toBeGreaterThan(50);
  expect(told.weights.bytes).toBeGreaterThan(19e6);
});

test("a size without a number is asked for by its name, and given it changes the work", async () => {
  const file = join(MOONSHINE, "encoder_model.onnx");
  const { err } = await graphOf(file);
  expect(err).toContain("--size num_samples=NUMBER");
  const work = async (samples: number): Promise<number> => {
    const { flops } = JSON.parse((await graphOf(file, "--size", `num_samples=${samples}`, "--json")).out);
    expect(flops.nodes_unknown).toEqual([]);
    return flops.known;
  };
  expect((await work(32_000)) / (await work(16_000))).toBeGreaterThan(1.9);
});

test("products that round what comes in are made without rounding, and can be trained through", async () => {
  const file = join(MOONSHINE, "encoder_model.onnx");
  const told = JSON.parse((await graphOf(file, "--size", "num_samples=16000", "--json")).out);
  expect(told.training.layers).toHaveLength(36);
  for (const layer of told.training.layers)
    expect(layer).toMatchObject({ lora: true, gradient_reaches: true });
});

test("the first operator without a gradient is named", async () => {
  const bytes = twoLayers((build, value) => {
    const flat = build.op("Reshape", [value, build.ints([12])]);
    const [quantized, scale, zero] = build.ops("DynamicQuantizeLinear", [flat], {}, 3) as [
      string,
      string,
      string,
    ];
    return build.op("Reshape", [build.op("DequantizeLinear", [quantized, scale, zero]), build.ints([4, 3])]);
  });
  const { out } = await graphIn(bytes);
  expect(out.replaceAll(/\s+/g, " ")).toMatch(
    /not 1: DynamicQuantizeLinear "\S+" of graph "two" has no gradient/,
  );
});

test.each([
  ["reached: Tanh", (build: Builder, value: string) => build.op("Tanh", [value])],
  ["flat: Floor", (build: Builder, value: string) => build.op("Floor", [value])],
] as const)("what is said to be %s is what differentiation finds", async (reach, between) => {
  const bytes = twoLayers((build, value) =>
    build.op("Transpose", [build.op("Reshape", [between(build, value), build.ints([3, 4])])], {
      perm: [1, 0],
    }),
  );
  const told = JSON.parse((await graphIn(bytes, "--json")).out);
  expect(told.training.layers.map((layer: { lora: boolean }) => layer.lora)).toEqual([true, true]);
  expect(told.training.layers[0].gradient_reaches).toBe(reach.startsWith("reached"));
  expect(told.training.layers[1].gradient_reaches).toBe(true);
});

test("every layer that is called reached can be differentiated by, in MiniLM", async () => {
  const model = await readOnnxModel(nodeFiles, miniLm);
  const graph = lower(importModel(model, bindSizes(model, new Map()).bound).graph);
  const layers = trainableLayers(graph);
  const wrt = layers.filter(({ gradient }) => gradient === "reached").map(({ node }) => node.outputs[0]!);
  const { gradients } = differentiate(graph, { seeds: new Map([["last_hidden_state", undefined]]), wrt });
  expect([...gradients.keys()]).toEqual(layers.map(({ node }) => node.outputs[0]));
});

test.each([
  [["--size", "sequence_lenght=3"], "did you mean sequence_length?"],
  [["--size", "width=3"], "use one of: batch_size, sequence_length"],
  [["--size", "batch_size"], "batch_size=1"],
  [["--size", "batch_size=1.5"], "whole number"],
  [["--size", "batch_size=1", "--size", "batch_size=2"], "each name once"],
])("%j is refused: %s", async (options, words) => {
  const { code, out, err } = await graphOf(miniLm, ...options);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(words);
});

test("a size of a model that leaves none open is refused", async () => {
  const { code, err } = await graphOf(DETYPIFY, "--size", "batch=1");
  expect(code).toBe(2);
  expect(err).toContain("leave it out");
});

test("a missing file, a text and an empty file are errors with a way out", async () => {
  const missing = await graphOf("/nowhere/model.onnx");
  expect([missing.code, missing.out]).toEqual([2, ""]);
  for (const text of ["", "no model", "\u0000"]) {
    const { code, out, err } = await graphIn(new TextEncoder().encode(text));
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("hint:");
  }
});

test("what stands inside of a function is told as what it is", async () => {
  const world = onnxWorld("functions");
  expect(await main(world, ["graph", MODEL_PATH, "--json"])).toBe(0);
  const told = JSON.parse(world.out());
  expect(told.operators.map(({ op }: { op: string }) => op).sort()).toEqual(["Mul", "other.Scaled"]);
  expect(told.problems[0].node).toContain("Scaled");
});

test("wherever reading fails, nothing is told and the error has a way out", async () => {
  const bytes = twoLayers((build, value) => build.op("Reshape", [value, build.ints([4, 3])]));
  for (let call = 1; ; call++) {
    const world = fakeWorld({ files: { "/m/model.onnx": bytes }, failAt: { call, code: "EIO" } });
    const code = await main(world, ["graph", "/m/model.onnx"]);
    if (world.fileCalls() < call) return expect(call).toBeGreaterThan(1);
    expect([code, world.out()]).toEqual([2, ""]);
    expect(world.err()).toContain("hint:");
  }
});

test("a graph whose output is made nowhere, or with two inputs of a name, contradicts itself", async () => {
  const build = new Builder("odd");
  const model = emit(build.build([build.op("Relu", [build.input("x", "float32", [1])])]));
  const { inputs, outputs } = model.graph;
  for (const [change, why] of [
    [{ outputs: [{ ...outputs[0]!, name: "y" }] }, 'its output "y" is made nowhere'],
    [{ inputs: [...inputs, ...inputs] }, 'two inputs are named "x"'],
  ] as const) {
    const { code, err } = await graphIn(
      encodeOnnxModel({ ...model, graph: { ...model.graph, ...change } }, { inlineAll: true }),
    );
    expect(code).toBe(2);
    expect(err).toContain(why);
  }
});

test("a damaged model is told about or refused, never a bug of ours", async () => {
  const whole = twoLayers((build, value) =>
    build.op("Transpose", [build.op("Reshape", [value, build.ints([3, 4])])], { perm: [1, 0] }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      // Most keep their length: one that is cut off is found at once.
      fc.oneof(
        { weight: 3, arbitrary: fc.constant(whole.length) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: whole.length }) },
      ),
      async (changes, length) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        expect([0, 2]).toContain((await graphIn(bytes)).code);
      },
    ),
    { numRuns: 300 },
  );
});
