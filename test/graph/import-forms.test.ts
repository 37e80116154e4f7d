/** What exporters put around operators: functions, branches, loops and sequences that the import opens, each held against ONNX Runtime on the file itself. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import type {
  OnnxAttribute,
  OnnxFunction,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
} from "../../src/formats/onnx/model.ts";
import { readOnnxModel } from "../../src/formats/onnx/read-model.ts";
import { encodeOnnxModel } from "../../src/formats/onnx/write-model.ts";
import { importModel } from "../../src/graph/import.ts";
import { knownValues, tensorOf, type Values } from "../../src/graph/values.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { packageFolder } from "../../src/journey/packaged-models.ts";
import { floats, inMemory, startGraph } from "../support/run-graph.ts";

type Attributes = Readonly<Record<string, OnnxAttribute>>;
const node = (op: string, inputs: string[], outputs: string[], attributes: Attributes = {}): OnnxNode => ({
  op: op.split(":").at(-1)!,
  domain: op.includes(":") ? op.split(":")[0]! : "",
  name: `node ${outputs[0]}`,
  inputs,
  outputs,
  attributes,
});
const x = { name: "x", type: { kind: "tensor", dtype: "float32", shape: [3] } } as const;
const untyped = (name: string) => ({ name, type: { kind: "unknown" } }) as const;
const constants = (values: Readonly<Record<string, Values>>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, tensorOf(value)]));
const long = (value: number): Values => ({ dtype: "int64", shape: [], values: [value] });
const truth = (value: boolean): Values => ({ dtype: "bool", shape: [], values: [Number(value)] });

function body(parts: Partial<OnnxGraph>): OnnxAttribute {
  const empty = { name: "body", nodes: [], initializers: new Map(), inputs: [], outputs: [], valueInfo: [] };
  return { type: "graph", value: { ...empty, ...parts } };
}

function model(
  nodes: OnnxNode[],
  values: Readonly<Record<string, Values>> = {},
  functions: readonly OnnxFunction[] = [],
): OnnxModel {
  return {
    irVersion: 10,
    producerName: "test",
    producerVersion: "1",
    opsets: new Map([
      ["", 21],
      ["local", 1],
    ]),
    graph: {
      name: "forms",
      nodes,
      initializers: constants(values),
      inputs: [x],
      outputs: [{ name: "y", type: { kind: "tensor", dtype: "float32", shape: [3] } }],
      valueInfo: [],
    },
    functions,
    metadata: new Map(),
  };
}

/** The runtime's own answer to the model, and that of what was imported. */
async function both(of: OnnxModel): Promise<{ own: number[]; imported: readonly number[]; ops: string[] }> {
  const session = await InferenceSession.create(encodeOnnxModel(of, { inlineAll: true }), {
    logSeverityLevel: 4,
  });
  const given = [0.5, -1, 2];
  const own = (await session.run({ x: new Tensor("float32", Float32Array.from(given), [3]) }))["y"]!;
  const { graph, problems } = importModel(of);
  expect(problems.map(({ error }) => error.message)).toEqual([]);
  const made = await (await startGraph(graph)).run({ x: floats([3], given) });
  return {
    own: Array.from(own.data as Float32Array),
    imported: made["y"]!.values,
    ops: graph.nodes.map(({ op }) => op),
  };
}

const scaledTwice: OnnxFunction = {
  name: "Twice",
  domain: "local",
  inputs: ["a"],
  outputs: ["b"],
  attributes: [],
  defaults: { slope: { type: "float", value: 0.25 } },
  nodes: [
    node("LeakyRelu", ["a"], ["once"], { alpha: { type: "reference", value: "slope", of: 1 } }),
    node("Add", ["once", "once"], ["b"]),
  ],
  opsets: new Map([["", 21]]),
  valueInfo: [],
};
/** Calls the other one twice, with its own name for a value. */
const fourTimes: OnnxFunction = {
  ...scaledTwice,
  name: "FourTimes",
  defaults: {},
  nodes: [
    node("local:Twice", ["a"], ["once"], { slope: { type: "float", value: 0.5 } }),
    node("local:Twice", ["once"], ["b"]),
  ],
  opsets: new Map([
    ["", 21],
    ["local", 1],
  ]),
};

test("functions stand for their nodes, one inside the other, with attributes and defaults", async () => {
  const called = [node("local:FourTimes", ["x"], ["half"]), node("local:Twice", ["half"], ["y"])];
  const { own, imported, ops } = await both(model(called, {}, [scaledTwice, fourTimes]));
  expect(imported).toEqual(own);
  expect(ops).toEqual(["LeakyRelu", "Add", "LeakyRelu", "Add", "LeakyRelu", "Add"]);
});

test("a function that calls itself, and one of another opset, are refused", () => {
  const itself = { ...fourTimes, nodes: [node("local:FourTimes", ["a"], ["b"])] };
  const call = [node("local:FourTimes", ["x"], ["y"])];
  expect(() => importModel(model(call, {}, [itself]))).toThrow(
    expect.objectContaining({ code: "bad-model" }),
  );
  const older = { ...scaledTwice, name: "FourTimes", opsets: new Map([["", 13]]) };
  expect(() => importModel(model(call, {}, [older]))).toThrow(
    expect.objectContaining({ code: "graph-unsupported", why: expect.stringContaining("FourTimes") }),
  );
});

const branches = {
  then_branch: body({
    nodes: [node("Mul", ["x", "two"], ["t"])],
    initializers: constants({ two: { dtype: "float32", shape: [], values: [2] } }),
    outputs: [untyped("t")],
  }),
  else_branch: body({ nodes: [node("Neg", ["x"], ["e"])], outputs: [untyped("e")] }),
};

test.each([true, false])("a condition that is known to be %s leaves its branch", async (condition) => {
  const { own, imported, ops } = await both(
    model([node("If", ["c"], ["z"], branches), node("Relu", ["z"], ["y"])], { c: truth(condition) }),
  );
  expect(imported).toEqual(own);
  expect(ops).toEqual([condition ? "Mul" : "Neg", "Relu"]);
});

test("a condition that shows in the run is named, with its node and graph", () => {
  const open = [
    node("ReduceMax", ["x"], ["most"], { keepdims: { type: "int", value: 0 } }),
    node("Greater", ["most", "zero"], ["c"]),
    node("If", ["c"], ["y"], branches),
  ];
  const { problems } = importModel(model(open, { zero: { dtype: "float32", shape: [], values: [0] } }));
  expect(problems[0]!.error).toMatchObject({
    code: "graph-unsupported",
    what: 'If "node y" of graph "forms"',
    why: expect.stringContaining("not known before the run"),
  });
});

const turn = body({
  nodes: [
    node("Identity", ["go"], ["again"]),
    node("Cast", ["i"], ["number"], { to: { type: "int", value: 1 } }),
    node("Add", ["state", "number"], ["next"]),
    node("SequenceInsert", ["seen", "next"], ["all"]),
  ],
  inputs: ["i", "go", "state", "seen"].map(untyped),
  outputs: ["again", "next", "all"].map(untyped),
});

test.each([0, 1, 3])(
  "a loop of %i turns becomes its turns, and what they put into a sequence is found there",
  async (count) => {
    const nodes = [
      node("SequenceConstruct", ["x"], ["first"]),
      node("Loop", ["n", "go", "x", "first"], ["last", "filled"], { body: turn }),
      node("ConcatFromSequence", ["filled"], ["joined"], { axis: { type: "int", value: 0 } }),
      node("SequenceAt", ["filled", "end"], ["at"]),
      node("Sum", ["last", "at"], ["sum"]),
      node("ReduceMean", ["joined"], ["mean"], { keepdims: { type: "int", value: 1 } }),
      node("Add", ["sum", "mean"], ["y"]),
    ];
    // The runtime wants types of what goes into a body.
    const typed = { i: "int64", go: "bool", state: "float32" } as const;
    const withTypes = nodes.map((one) =>
      one.op !== "Loop"
        ? one
        : {
            ...one,
            attributes: {
              body: body({
                ...(turn as { value: OnnxGraph }).value,
                inputs: ["i", "go", "state", "seen"].map((name) =>
                  name === "seen"
                    ? untyped(name)
                    : ({
                        name,
                        type: {
                          kind: "tensor",
                          dtype: typed[name as keyof typeof typed],
                          shape: name === "state" ? [3] : [],
                        },
                      } as const),
                ),
              }),
            },
          },
    );
    const { own, imported, ops } = await both(
      model(withTypes, { n: long(count), go: truth(true), end: long(-1) }),
    );
    expect(imported).toEqual(own);
    expect(ops).not.toContain("Loop");
  },
);

test("a loop of too many turns is named", () => {
  const loop = [
    node("SequenceEmpty", [], ["none"]),
    node("Loop", ["n", "", "x", "none"], ["y", "all"], { body: turn }),
  ];
  const { problems } = importModel(model(loop, { n: long(1_000_000) }));
  expect(problems.map(({ error }) => error.what)).toContain('Loop "node y" of graph "forms"');
});

test("detypify's classifier, with its loop and sequences opened, answers as the file does", async () => {
  const path = join(packageFolder("detypify-service"), "train/model.onnx");
  const { graph, problems } = importModel(await readOnnxModel(nodeFiles, path));
  expect(problems).toEqual([]);
  const { shape } = graph.types.get(graph.inputs[0]!)!;
  const values = Array.from(
    { length: (shape as number[]).reduce((a, b) => a * b) },
    (_, at) => ((at * 7) % 23) / 23,
  );
  const session = await InferenceSession.create(readFileSync(path), { logSeverityLevel: 4 });
  const given = { [graph.inputs[0]!]: new Tensor("float32", Float32Array.from(values), shape as number[]) };
  const own = Object.values(await session.run(given))[0]!;
  const made = await (await startGraph(await inMemory(graph))).run({
    [graph.inputs[0]!]: floats(shape as number[], values),
  });
  const answer = made[graph.outputs[0]!]!.values;
  expect(answer).toHaveLength(own.size);
  for (const [at, value] of answer.entries()) expect(value).toBeCloseTo(own.data[at] as number, 3);
});

test("constants of halves are known by their numbers", () => {
  const values = [0, 1, -2.5, 65_504, 2 ** -24, Number.POSITIVE_INFINITY];
  const tensor = tensorOf({ dtype: "float16", shape: [6], values });
  expect(tensor.data).toHaveLength(12);
  expect(knownValues(tensor)!.values).toEqual(values);
});
