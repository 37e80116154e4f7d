/** Graphs of older opsets give the same on ONNX Runtime when they are raised to ours. */
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { expect, test } from "vitest";
import { readOnnxModel } from "../../src/formats/onnx/read-model.ts";
import { encodeOnnxModel } from "../../src/formats/onnx/write-model.ts";
import { elementCount, type TensorRef, tensorBytes } from "../../src/formats/tensor-ref.ts";
import { Builder } from "../../src/graph/builder.ts";
import { emit } from "../../src/graph/emit.ts";
import type { Attribute, Dim, Graph } from "../../src/graph/graph.ts";
import { importModel } from "../../src/graph/import.ts";
import { differentiate } from "../../src/graph/passes/differentiate.ts";
import { upgrade } from "../../src/graph/passes/upgrade.ts";
import { verify } from "../../src/graph/verify.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { packagedMiniLm, packageFolder } from "../../src/journey/packaged-models.ts";
import { type Filled, floats, ortTensor } from "../support/run-graph.ts";

const wave = (shape: readonly number[]): Filled =>
  floats(
    shape,
    Array.from({ length: elementCount(shape) }, (_, at) => 2 * Math.sin(1.7 * at + 0.3)),
  );

/** Without the runtime's own rewriting, so that both forms are computed as they stand. */
async function ran(graph: Graph, inputs: Readonly<Record<string, Filled>>): Promise<object> {
  const session = await InferenceSession.create(encodeOnnxModel(emit(graph), { inlineAll: true }), {
    graphOptimizationLevel: "disabled",
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const given = Object.entries(inputs).map(([name, filled]) => [name, ortTensor(filled)] as const);
  const results = await session.run(Object.fromEntries(given));
  return Object.fromEntries(
    Object.entries(results).map(([name, { type, dims, data }]) => [name, { type, dims, data }]),
  );
}

interface Old {
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly shape?: readonly Dim[];
  readonly outputs?: number;
  readonly weights?: readonly (readonly number[])[];
  readonly dtype?: "float32" | "float16" | "bfloat16";
}

/** One node of an older opset as a model says it: without the types of its outputs. */
function old(
  op: string,
  opset: number,
  { attributes = {}, shape = [2, 3, 4], outputs = 1, weights = [], dtype = "float32" }: Old,
): Graph {
  const initializers = new Map<string, TensorRef>(
    weights.map((values, at) => {
      const data = new Uint8Array(Float32Array.from(values).buffer);
      return [`w${at}`, { dtype: "float32", shape: [values.length], data }];
    }),
  );
  const names = Array.from({ length: outputs }, (_, at) => `y${at}`);
  const { graph, problems } = importModel({
    ...emit(new Builder("old").build([])),
    opsets: new Map([["", opset]]),
    graph: {
      name: "old",
      nodes: [
        { op, domain: "", name: "n", inputs: ["x", ...initializers.keys()], outputs: names, attributes },
      ],
      initializers,
      inputs: [{ name: "x", type: { kind: "tensor", dtype, shape } }],
      outputs: names.map((name) => ({ name, type: { kind: "unknown" } })),
      valueInfo: [],
    },
  });
  expect(problems).toEqual([]);
  return graph;
}

const int = (value: number): Attribute => ({ type: "int", value });
const ints = (...value: number[]): Attribute => ({ type: "ints", value });
const float = (value: number): Attribute => ({ type: "float", value });

const CASES: readonly (readonly [op: string, opset: number, old: Old])[] = [
  ["Slice", 9, { attributes: { starts: ints(0, 1), ends: ints(1, -1), axes: ints(0, 2) } }],
  ["Slice", 9, { attributes: { starts: ints(1, 1), ends: ints(2, 3) } }],
  ["Clip", 7, { attributes: { min: float(-0.5), max: float(0.75) } }],
  ["Clip", 10, { attributes: { max: float(0.75) } }],
  ["Clip", 10, {}],
  ["Pad", 10, { attributes: { pads: ints(0, 1, 0, 0, 2, 1), value: float(3) } }],
  ["Pad", 10, { attributes: { pads: ints(0, 1, 1, 0, 1, 1), mode: { type: "string", value: "reflect" } } }],
  ["TopK", 9, { attributes: { k: int(2), axis: int(1) }, outputs: 2 }],
  ["Squeeze", 12, { attributes: { axes: ints(0) }, shape: [1, 3, 1] }],
  ["Squeeze", 12, { shape: [1, 3, 1] }],
  ["Unsqueeze", 12, { attributes: { axes: ints(0, 3) } }],
  ["ReduceSum", 12, { attributes: { axes: ints(1), keepdims: int(0) } }],
  ["ReduceMean", 17, { attributes: { axes: ints(-1) } }],
  ["ReduceMax", 11, { attributes: { axes: ints(0, 2) } }],
  ["ReduceMin", 11, {}],
  ["Split", 12, { attributes: { split: ints(1, 2), axis: int(1) }, outputs: 2 }],
  ["Split", 12, { attributes: { axis: int(2) }, outputs: 2 }],
  ["Split", 17, { attributes: { axis: int(2) }, outputs: 4 }],
  ["Softmax", 12, {}],
  ["Softmax", 12, { attributes: { axis: int(0) } }],
  ["Softmax", 12, { attributes: { axis: int(2) } }],
  ["Softmax", 12, { shape: ["n", 3, 4] }],
  ["Softmax", 13, { attributes: { axis: int(1) } }],
  ["LogSoftmax", 11, { attributes: { axis: int(1) } }],
  ["Dropout", 7, { attributes: { ratio: float(0.3) } }],
  ["Dropout", 11, { attributes: { ratio: float(0.3) } }],
  ["Softmax", 12, { shape: [2, "n", 4], attributes: { axis: int(0) } }],
  [
    "BatchNormalization",
    8,
    {
      weights: [
        [1, 2, 3],
        [0, 1, 2],
        [0.1, 0.2, 0.3],
        [1, 2, 3],
      ],
      attributes: { epsilon: float(0.01) },
    },
  ],
  [
    "GroupNormalization",
    18,
    {
      shape: [2, 4, 3],
      weights: [
        [1, 2],
        [0.5, -1],
      ],
      attributes: { num_groups: int(2) },
    },
  ],
];

test.each(CASES)("%s of opset %i, %j", async (op, opset, how) => {
  const graph = old(op, opset, how);
  const raised = upgrade(graph);
  expect(raised.opsets.get("")).toBe(23);
  expect(raised.outputs).toEqual(graph.outputs);
  const x = wave((how.shape ?? [2, 3, 4]).map((side) => (typeof side === "number" ? side : 3)));
  expect(await ran(raised, { x })).toEqual(await ran(graph, { x }));
});

test("a mask of Dropout that nobody uses goes, one that is an output is refused", () => {
  const both = old("Dropout", 9, { outputs: 2 });
  expect(upgrade({ ...both, outputs: ["y0"] }).nodes[0]!.outputs).toEqual(["y0"]);
  expect(() => upgrade(both)).toThrow("mask");
});

test("a graph of our own opset is left alone", () => {
  const build = new Builder("new");
  const graph = build.build([build.op("Relu", [build.input("x", "float32", [1])])]);
  expect(upgrade(graph)).toBe(graph);
});

test.each([
  ["Relu", 6, {}, "of opset 6"],
  ["Relu", 24, {}, "of opset 24"],
  ["Dropout", 9, { outputs: 2 }, "its mask had no meaning"],
  ["Softmax", 12, { shape: ["n", "m", 4], attributes: { axis: int(0) } }, "not known before the run"],
  ["Clip", 10, { dtype: "bfloat16", attributes: { max: float(1) } }, "inputs of bfloat16"],
] as const)("%s of opset %i, %j, is refused with its name", (op, opset, how, why) => {
  const graph = old(op, opset, how);
  expect(() => upgrade(graph)).toThrow(
    expect.objectContaining({
      code: "graph-unsupported",
      what: `${op} "n" of graph "old"`,
      why: expect.stringContaining(why),
    }),
  );
});

/** With its weights in memory. */
async function imported(path: string, sizes: Readonly<Record<string, number>>) {
  const { graph, problems } = importModel(
    await readOnnxModel(nodeFiles, path),
    new Map(Object.entries(sizes)),
  );
  const initializers = new Map<string, TensorRef>();
  for (const [name, tensor] of graph.initializers) {
    initializers.set(name, { ...tensor, data: await tensorBytes(nodeFiles, tensor) });
  }
  return { graph: { ...graph, initializers }, problems };
}

test("MiniLM of opset 21 computes the same in ours", async () => {
  const path = join(await packagedMiniLm(nodeFiles), "onnx/model_q4.onnx");
  const { graph } = await imported(path, { batch_size: 1, sequence_length: 4, total_sequence_length: 4 });
  const tokens = (...values: number[]): Filled => ({ dtype: "int64", shape: [1, 4], values });
  const given = {
    input_ids: tokens(101, 4521, 2003, 102),
    attention_mask: tokens(1, 1, 1, 1),
    token_type_ids: tokens(0, 0, 0, 0),
  };
  expect(await ran(upgrade(graph), given)).toEqual(await ran(graph, given));
});

test("Moonshine's encoder of opset 14 computes the same in ours, and a gradient fits to it then", async () => {
  const path = join(
    packageFolder("@moonshine-ai/moonshine-js"),
    "dist/model/tiny/quantized/encoder_model.onnx",
  );
  const { graph } = await imported(path, { batch_size: 1, num_samples: 4_000 });
  const raised = upgrade(graph);
  const given = { input_values: wave([1, 4_000]) };
  expect(await ran(raised, given)).toEqual(await ran(graph, given));
  const last = raised.nodes.findLast(({ op }) => op === "ReduceMean")!.outputs[0]!;
  const { graph: backward, gradients } = differentiate(raised, {
    seeds: new Map([["last_hidden_state", undefined]]),
    wrt: [last],
  });
  verify(backward, "differentiate");
  const results = await ran({ ...backward, outputs: [gradients.get(last)!] }, given);
  expect(results).toHaveProperty([gradients.get(last)!, "type"], "float32");
});

test("a name that JavaScript's objects have is no operator", () => {
  const odd: Graph = { ...old("Relu", 14, {}) };
  const nodes = odd.nodes.map((node) => ({ ...node, op: "constructor" }));
  expect(() => upgrade({ ...odd, nodes })).toThrow("operator constructor");
});

test("what the table does not know is refused with its name", () => {
  const odd: Graph = { ...old("Relu", 14, {}) };
  const nodes = odd.nodes.map((node) => ({ ...node, op: "SequenceAt" }));
  expect(() => upgrade({ ...odd, nodes })).toThrow(
    expect.objectContaining({ code: "graph-unsupported", what: expect.stringContaining("SequenceAt") }),
  );
});
