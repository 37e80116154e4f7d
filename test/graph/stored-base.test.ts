/** A base that is stored in fewer bits computes what the float32 graph computes with the weights that it stands for. */
import { expect, test } from "vitest";
import { fromFloat32, toFloat32 } from "../../src/formats/convert-dtype.ts";
import { asBlocks, asFloat } from "../../src/formats/converted-tensor.ts";
import { BLOCK } from "../../src/formats/quantize-blocks.ts";
import { elementCount, type TensorRef, tensorBytes } from "../../src/formats/tensor-ref.ts";
import { Builder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { linearLayers } from "../../src/graph/passes/add-lora.ts";
import { CHUNK } from "../../src/graph/passes/attach-causal-loss.ts";
import { type BaseKind, storeBase } from "../../src/graph/passes/store-base.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import type { MemoryMode } from "../../src/learn/lora/assemble-step.ts";
import { buildLoraStep } from "../../src/learn/lora/build-step.ts";
import { buildLlama } from "../../src/models/llama/build-llama.ts";
import { readLlamaConfig } from "../../src/models/llama/config.ts";
import { distance, int64 } from "../support/golden-model.ts";
import { type Filled, floats, inMemory, startGraph } from "../support/run-graph.ts";

const BATCH = { rows: 2, length: 7 };
const TOKENS = BATCH.rows * BATCH.length;
/** More words than the loss takes at a time. */
const WORDS = 4_500;
const KINDS = ["bf16", "int8", "int4"] as const;

const configOf = (tied: boolean) =>
  readLlamaConfig("config.json", {
    model_type: "llama",
    hidden_size: 64,
    intermediate_size: 96,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: WORDS,
    tie_word_embeddings: tied,
  });

const noise = (at: number): number => ((Math.sin(at * 12.9898 + 4.1) * 43_758.5453) % 1) * 0.3;

function weightsOf(): (name: string) => TensorRef {
  const made = new Map<string, TensorRef>();
  return (name) => {
    const shape = shapeOf(name);
    const there = made.get(name) ?? {
      dtype: "float32",
      shape,
      data: fromFloat32(
        Float32Array.from({ length: elementCount(shape) }, (_, at) =>
          shape.length === 1 ? 1 + noise(at) : noise(at + 1_000 * name.length),
        ),
        "float32",
      ),
    };
    made.set(name, there);
    return there;
  };
}

function shapeOf(name: string): number[] {
  if (/embed_tokens|lm_head/.test(name)) return [WORDS, 64];
  if (/norm/.test(name)) return [64];
  if (/[kv]_proj/.test(name)) return [32, 64];
  if (/gate|up/.test(name)) return [96, 64];
  return /down/.test(name) ? [64, 96] : [64, 64];
}

/** The float32 weights that the stored ones stand for. */
async function standIn(name: string, tensor: TensorRef, kind: BaseKind): Promise<TensorRef> {
  if (tensor.shape.length !== 2) return tensor;
  const read = (one: TensorRef): Promise<Uint8Array> => tensorBytes(nodeFiles, one);
  if (kind === "bf16") {
    const bytes = await read(asFloat(tensor, "bfloat16"));
    return { ...tensor, data: fromFloat32(toFloat32(bytes, "bfloat16"), "float32") };
  }
  const bits = kind === "int8" || shapeOf(name)[0] === WORDS ? 8 : 4;
  const { values, scales } = asBlocks(tensor, bits);
  const [bytes, factors] = [await read(values), toFloat32(await read(scales), "float32")];
  const whole =
    bits === 8
      ? toFloat32(bytes, "int8")
      : Float32Array.from({ length: bytes.length * 2 }, (_, at) => {
          const four = at % 2 === 0 ? bytes[at / 2]! & 15 : bytes[(at - 1) / 2]! >>> 4;
          return four > 7 ? four - 16 : four;
        });
  const numbers = whole.map((value, at) => value * factors[Math.floor(at / BLOCK)]!);
  return { ...tensor, data: fromFloat32(numbers, "float32") };
}

async function standIns(tied: boolean, kind: BaseKind): Promise<(name: string) => TensorRef> {
  const weights = weightsOf();
  const made = new Map(
    await Promise.all(
      [...namesOf(tied)].map(async (name) => [name, await standIn(name, weights(name), kind)] as const),
    ),
  );
  return (name) => made.get(name)!;
}

function namesOf(tied: boolean): ReadonlySet<string> {
  const asked = new Set<string>(tied ? [] : ["lm_head.weight"]);
  const weights = weightsOf();
  const note = (name: string): TensorRef => {
    asked.add(name);
    return weights(name);
  };
  buildLlama(new Builder("names"), configOf(tied), note, BATCH);
  return asked;
}

const ids = Array.from({ length: TOKENS }, (_, at) => (at * 977) % WORDS);
const perToken = (of: (at: number) => number): Filled =>
  int64(
    [BATCH.rows, BATCH.length],
    Array.from({ length: TOKENS }, (_, at) => of(at)),
  );
const model = {
  input_ids: perToken((at) => ids[at]!),
  position_ids: perToken((at) => at % BATCH.length),
  segment_ids: perToken(() => 0),
};
const chunk = (of: (at: number) => number): number[] =>
  Array.from({ length: CHUNK }, (_, at) => (at < TOKENS ? of(at) : 0));
const loss = {
  loss_rows: int64(
    [1, CHUNK],
    chunk((at) => at),
  ),
  loss_labels: int64(
    [1, CHUNK],
    chunk((at) => (ids[at]! * 31 + 7) % WORDS),
  ),
  loss_weights: floats(
    [1, CHUNK],
    chunk((at) => Number(at % 3 > 0)),
  ),
};

async function runStep(
  tied: boolean,
  weights: (name: string) => TensorRef,
  memory: MemoryMode,
  base: BaseKind,
) {
  const step = buildLoraStep(
    configOf(tied),
    weights,
    BATCH,
    (graph) => [...linearLayers(graph).keys()].map((weight) => ({ weight, rank: 4, scale: 2 })),
    memory,
    base,
  );
  const parameters = floats(
    [step.size],
    Array.from({ length: step.size }, (_, at) => noise(at) * 0.2),
  );
  const made = await (await startGraph(await inMemory(step.graph))).run({
    ...model,
    ...loss,
    parameters,
  });
  return { step, loss: made[step.loss]!.values, gradient: made[step.gradient]!.values };
}

test.each(KINDS.flatMap((kind) => [true, false].map((tied) => [kind, tied] as const)))(
  "%s, tied %s: loss and gradients are those of the weights that are stored, and recomputing changes none",
  async (kind, tied) => {
    const exact = await runStep(tied, await standIns(tied, kind), "keep", "f32");
    for (const memory of ["keep", "light", "recompute"] as const) {
      const stored = await runStep(tied, weightsOf(), memory, kind);
      expect(distance(stored.loss, exact.loss)).toBeLessThan(1e-5);
      expect(distance(stored.gradient, exact.gradient)).toBeLessThan(1e-4);
    }
  },
);

test.each(KINDS)("%s: logits are those of the weights that are stored", async (kind) => {
  const logits = (weights: (name: string) => TensorRef): Graph => {
    const build = new Builder("logits");
    const hidden = buildLlama(build, configOf(true), weights, BATCH);
    return build.build([build.op("Gemm", [hidden, "model.embed_tokens.weight"], { transB: 1 })]);
  };
  const run = async (graph: Graph): Promise<readonly number[]> => {
    const made = await (await startGraph(await inMemory(graph))).run(model);
    return made[graph.outputs[0]!]!.values;
  };
  const exact = await run(logits(await standIns(true, kind)));
  const stored = await run(storeBase(logits(weightsOf()), kind));
  expect(distance(stored, exact)).toBeLessThan(1e-5);
});

test.each([true, false])(
  "products in integers, tied %s: a loss within 1 %%, gradients within 6 %%, at any memory mode",
  async (tied) => {
    const exact = await runStep(tied, weightsOf(), "keep", "f32");
    for (const memory of ["keep", "light", "recompute"] as const) {
      const rounded = await runStep(tied, weightsOf(), memory, "w8a8");
      expect(distance(rounded.loss, exact.loss)).toBeLessThan(0.01);
      expect(distance(rounded.gradient, exact.gradient)).toBeGreaterThan(1e-4);
      expect(distance(rounded.gradient, exact.gradient)).toBeLessThan(0.06);
    }
  },
);

test("of frozen matrices nothing is left in float32", async () => {
  for (const kind of KINDS) {
    const { step } = await runStep(true, weightsOf(), "keep", kind);
    const matrices = [...step.graph.initializers].filter(
      ([name, { dtype, shape }]) => dtype === "float32" && shape.length === 2 && !/^rope|scales$/.test(name),
    );
    expect(matrices).toEqual([]);
  }
});
