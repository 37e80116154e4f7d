/** The packaged MiniLM, an ONNX file with weights of four bits: embeddings beside those of transformers.js, and LoRA on it. */
import { AutoModel, AutoTokenizer, env, type Tensor } from "@huggingface/transformers";
import { beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import { readOnnxModel } from "../../src/formats/onnx/read-model.ts";
import { Builder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { importModel } from "../../src/graph/import.ts";
import { ADAMW_DEFAULTS, buildAdamW } from "../../src/graph/passes/build-adamw.ts";
import { forTraining } from "../../src/graph/passes/for-training.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { packagedMiniLm } from "../../src/journey/packaged-models.ts";
import { buildEncoderStep, type EncoderStep } from "../../src/learn/lora/build-encoder-step.ts";
import { ALL_LINEAR, chooseLayers } from "../../src/learn/lora/choose-layers.ts";
import { crossEntropy } from "../../src/learn/losses/classification.ts";
import { addImported } from "../../src/models/encoder/imported.ts";
import { headShapes, withNewHead } from "../../src/models/encoder/new-head.ts";
import { meanPool, normalize } from "../../src/models/encoder/pool.ts";
import { type Filled, floats, inMemory, type RunningGraph, startGraph } from "../support/run-graph.ts";

const TEXTS = ["this is a test", "energy", "the heat pump saves electricity"];
const WIDTH = 384;

let original: Graph;
let plain: Graph;
let feeds: Record<string, Filled>;
/** What transformers.js makes of the file: hidden states of all tokens. */
let theirs: readonly number[];

beforeAll(async () => {
  const folder = await packagedMiniLm(nodeFiles);
  env.allowRemoteModels = false;
  env.localModelPath = "/";
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const encoder = await AutoModel.from_pretrained(folder, { dtype: "q4", local_files_only: true });
  const tokens = tokenizer(TEXTS, { padding: true });
  feeds = Object.fromEntries(
    ["input_ids", "attention_mask", "token_type_ids"].map((name) => {
      const { dims, data } = (tokens as unknown as Record<string, Tensor>)[name]!;
      return [name, { dtype: "int64", shape: dims, values: Array.from(data as BigInt64Array, Number) }];
    }),
  );
  theirs = Array.from((await encoder(tokens)).last_hidden_state.data as Float32Array);
  const [rows, length] = feeds["input_ids"]!.shape as [number, number];
  const sizes = { batch_size: rows, sequence_length: length, total_sequence_length: length };
  const model = await readOnnxModel(nodeFiles, `${folder}/onnx/model_q4.onnx`);
  original = await inMemory(importModel(model, new Map(Object.entries(sizes))).graph);
  plain = forTraining(original);
});

/** Embeddings: the mean of what is no padding, at length one. */
async function embedded(graph: Graph): Promise<readonly number[]> {
  const build = new Builder("embeddings");
  const pooled = normalize(build, meanPool(addImported(build, { graph })));
  return (await (await startGraph(build.build([pooled]))).run(feeds))[pooled]!.values;
}

async function pooledTheirs(): Promise<readonly number[]> {
  const [rows, length] = feeds["input_ids"]!.shape as [number, number];
  const seen = feeds["attention_mask"]!.values;
  return Array.from({ length: rows }, (_, row) => {
    const sum = Array.from({ length: WIDTH }, (_, at) =>
      Array.from({ length }, (_, place) => row * length + place).reduce(
        (so, token) => so + seen[token]! * theirs[token * WIDTH + at]!,
        0,
      ),
    );
    const size = Math.hypot(...sum);
    return sum.map((value) => value / size);
  }).flat();
}

const apart = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, at) => Math.abs(value - b[at]!)));

test("the imported file, untouched, makes the embeddings of transformers.js", async () => {
  const made = await embedded(original);
  expect(made).toHaveLength(TEXTS.length * WIDTH);
  expect(apart(made, await pooledTheirs())).toBeLessThan(1e-4);
});

// accuracy_level 4 lets the runtime round what it multiplies to eight bits, in blocks of 32: each product is off by up to a 254th of
// the largest number of its block. Training computes with the numbers themselves. Without the attribute both agree (minilm.test.ts).
test("the form that is trained differs by what the file's kernels round, and by no more", async () => {
  const [made, asked] = [await embedded(plain), await pooledTheirs()];
  expect(apart(made, asked)).toBeLessThan(0.01);
  for (let row = 0; row < TEXTS.length; row++) {
    const part = (values: readonly number[]) => values.slice(row * WIDTH, (row + 1) * WIDTH);
    const cosine = part(made).reduce((sum, value, at) => sum + value * part(asked)[at]!, 0);
    expect(cosine).toBeGreaterThan(0.999);
  }
});

test("all linear layers of the blocks are known by name", () => {
  const chosen = chooseLayers(plain, ALL_LINEAR);
  expect(chosen).toHaveLength(36);
  expect(chooseLayers(plain, ["q_proj"])).toHaveLength(6);
  expect(chosen[0]).toBe("model.layers.0.attn.q_proj.weight");
});

function classifier(targets: readonly string[]): EncoderStep {
  const weights = withNewHead(() => undefined, headShapes("bert", { hidden: WIDTH, labels: 2 }), 1);
  return buildEncoderStep(
    {
      encode: (build) => addImported(build, { graph: plain, weights }),
      head: (encoded) => encoded.layers.linear(meanPool(encoded), "classifier"),
      loss: crossEntropy,
    },
    {
      targets: (graph) => chooseLayers(graph, targets).map((weight) => ({ weight, rank: 8, scale: 2 })),
      whole: ["classifier.weight", "classifier.bias"],
    },
    "keep",
  );
}

const labels: Filled = { dtype: "int64", shape: [3], values: [0, 1, 1] };
const random = seededRandom(5);
const vector = (size: number, spread: number): number[] =>
  Array.from({ length: size }, () => spread * (2 * random.next() - 1));

test("the gradient of a LoRA step on it is the slope of its loss in a random direction", async () => {
  const step = classifier(["q_proj", "v_proj", "fc1"]);
  const running = await startGraph(step.graph);
  const start = vector(step.size, 0.05);
  const way = vector(step.size, 1);
  const at = async (h: number) =>
    await running.run({
      ...feeds,
      labels,
      parameters: floats(
        [step.size],
        start.map((value, i) => value + h * way[i]!),
      ),
    });
  const told = (await at(0))[step.gradient]!.values.reduce((sum, value, i) => sum + value * way[i]!, 0);
  const loss = async (h: number): Promise<number> => (await at(h))[step.loss]!.values[0]!;
  const h = 2e-3;
  const slope =
    (8 * ((await loss(h)) - (await loss(-h))) - ((await loss(2 * h)) - (await loss(-2 * h)))) / (12 * h);
  expect(Math.abs(told - slope) / Math.abs(slope), `${told} against ${slope}`).toBeLessThan(1e-2);
});

test("twenty steps teach it two classes", async () => {
  const step = classifier(["q_proj", "v_proj"]);
  const running = await startGraph(step.graph);
  const adamw = await startGraph(buildAdamW(step.size, ADAMW_DEFAULTS));
  const starts = [...step.spans].flatMap(([name, { shape }]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    return name.includes("lora_B") || name.endsWith(".bias") ? Array(count).fill(0) : vector(count, 0.05);
  });
  const zero = floats([step.size], Array(step.size).fill(0));
  let state = { parameters: floats([step.size], starts), mean: zero, square: zero };
  const losses: number[] = [];
  for (let at = 1; at <= 20; at++) {
    const made = await running.run({ ...feeds, labels, parameters: state.parameters });
    losses.push(made[step.loss]!.values[0]! / 3);
    state = await updated(adamw, { ...state, gradient: made[step.gradient]! }, at);
  }
  expect(losses[0]).toBeGreaterThan(0.5);
  expect(losses.at(-1)).toBeLessThan(0.2 * losses[0]!);
});

async function updated(
  adamw: RunningGraph,
  vectors: Record<"parameters" | "mean" | "square" | "gradient", Filled>,
  at: number,
) {
  const scalar = (value: number): Filled => floats([], [value]);
  const made = await adamw.run({
    ...vectors,
    gradient_scale: scalar(1 / 3),
    rate: scalar(5e-3),
    correction1: scalar(1 - ADAMW_DEFAULTS.beta1 ** at),
    correction2: scalar(1 - ADAMW_DEFAULTS.beta2 ** at),
  });
  return {
    parameters: made["parameters_out"]!,
    mean: made["mean_out"]!,
    square: made["square_out"]!,
  };
}
