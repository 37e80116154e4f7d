/** A model as it comes from the hub, with fused operators and weights of four bits: lowered and trained through. */

import { beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import { readOnnxModel } from "../../src/formats/onnx/read-model.ts";
import type { Graph, Node } from "../../src/graph/graph.ts";
import { importModel } from "../../src/graph/import.ts";
import { differentiate } from "../../src/graph/passes/differentiate.ts";
import { lower } from "../../src/graph/passes/lower.ts";
import { knownValues } from "../../src/graph/values.ts";
import { verify } from "../../src/graph/verify.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { packagedMiniLm } from "../../src/journey/packaged-models.ts";
import { type Filled, floats, inMemory, startGraph } from "../support/run-graph.ts";

const [BATCH, STEPS, WIDTH] = [2, 5, 384];
/** "[CLS] this is a test [SEP]" and "[CLS] energy [SEP]" with two places of padding. */
const IDS = [101, 2023, 2003, 1037, 102, 101, 2943, 102, 0, 0];
const SEEN = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];
const integers = (values: readonly number[]): Filled => ({ dtype: "int64", shape: [BATCH, STEPS], values });
const GIVEN = {
  input_ids: integers(IDS),
  attention_mask: integers(SEEN),
  token_type_ids: integers(IDS.map(() => 0)),
};
const OUTPUT = "last_hidden_state";

let original: Graph;
let plain: Graph;
beforeAll(async () => {
  const model = await readOnnxModel(nodeFiles, `${await packagedMiniLm(nodeFiles)}/onnx/model_q4.onnx`);
  const sizes = new Map([
    ["batch_size", BATCH],
    ["sequence_length", STEPS],
    ["total_sequence_length", STEPS],
  ]);
  const { graph, problems } = importModel(model, sizes);
  expect(problems.map(({ error }) => error.what)).toEqual([]);
  const whole = await inMemory(graph);
  original = { ...whole, nodes: whole.nodes.map(exact) };
  plain = lower(original);
});

/** Its products round what they multiply to eight bits (accuracy_level 4); the weights alone are to be compared. */
function exact(node: Node): Node {
  const { accuracy_level: _, ...attributes } = node.attributes;
  return node.op === "MatMulNBits" ? { ...node, attributes } : node;
}

test("MiniLM with 4-bit weights computes the same when its fused operators are lowered", async () => {
  expect(plain.nodes.filter(({ domain }) => domain !== "")).toEqual([]);
  expect(plain.outputs).toEqual(original.outputs);
  const [before, after] = [await startGraph(original), await startGraph(plain)];
  const [wanted, made] = [(await before.run(GIVEN))[OUTPUT]!, (await after.run(GIVEN))[OUTPUT]!];
  expect(made.shape).toEqual([BATCH, STEPS, WIDTH]);
  const apart = Math.max(...wanted.values.map((value, at) => Math.abs(value - made.values[at]!)));
  expect(apart).toBeLessThan(1e-4);
});

/** The scales of the first normalisation: every layer lies behind them. */
const FIRST = "model.layers.-1.embeddings_norm_layernorm.weight";

test("a gradient flows through every lowered operator of MiniLM, down to the first scales", async () => {
  const initializers = new Map(plain.initializers);
  initializers.delete(FIRST);
  const open: Graph = { ...plain, inputs: [...plain.inputs, FIRST, "seed"], initializers };
  const types = new Map(open.types).set("seed", { dtype: "float32", shape: [BATCH, STEPS, WIDTH] });
  const wrt = [
    FIRST,
    ...[...initializers.keys()].filter((name) => /layernorm|norm.*bias|proj.Add/.test(name)),
  ];
  const { graph, gradients } = differentiate({ ...open, types }, { seeds: new Map([[OUTPUT, "seed"]]), wrt });
  verify(graph, "differentiate");
  const random = seededRandom(11);
  const numbers = (shape: readonly number[]): Filled =>
    floats(
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b) }, () => 2 * random.next() - 1),
    );
  const seed = numbers([BATCH, STEPS, WIDTH]);
  const scale = knownValues(plain.initializers.get(FIRST)!)!;
  const direction = numbers([WIDTH]);
  const running = await startGraph({ ...graph, outputs: [OUTPUT, gradients.get(FIRST)!] });
  const run = async (step: number) => {
    const values = scale.values.map((value, at) => value + step * direction.values[at]!);
    return await running.run({ ...GIVEN, seed, [FIRST]: floats([WIDTH], values) });
  };
  const score = async (step: number): Promise<number> =>
    (await run(step))[OUTPUT]!.values.reduce((sum, value, at) => sum + value * seed.values[at]!, 0);
  const gradient = (await run(0))[gradients.get(FIRST)!]!.values;
  const told = gradient.reduce((sum, value, at) => sum + value * direction.values[at]!, 0);
  const h = 1e-2;
  const slope =
    (8 * ((await score(h)) - (await score(-h))) - ((await score(2 * h)) - (await score(-2 * h)))) / (12 * h);
  expect(Math.abs(told - slope) / Math.abs(slope), `${told} against ${slope}`).toBeLessThan(1e-3);
});
