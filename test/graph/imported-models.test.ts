/** Encoders as files of PyTorch's exporter: their answers, and a LoRA step's loss, gradients and updates, are those of PEFT (test/oracles/imported_models.py). */
import { join } from "node:path";
import { expect, test } from "vitest";
import { readOnnxModel } from "../../src/formats/onnx/read-model.ts";
import { Builder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { importModel } from "../../src/graph/import.ts";
import { linearLayers } from "../../src/graph/passes/add-lora.ts";
import { forTraining } from "../../src/graph/passes/for-training.ts";
import { tensorOf } from "../../src/graph/values.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import type { MemoryMode } from "../../src/learn/lora/assemble-step.ts";
import { buildEncoderStep } from "../../src/learn/lora/build-encoder-step.ts";
import { ALL_LINEAR, chooseLayers } from "../../src/learn/lora/choose-layers.ts";
import { crossEntropy } from "../../src/learn/losses/classification.ts";
import type { Encoded } from "../../src/models/encoder/encoder.ts";
import { addImported } from "../../src/models/encoder/imported.ts";
import { meanPool } from "../../src/models/encoder/pool.ts";
import {
  ALPHA, distance, expectGoldenSteps, type GoldenTensors, RANK, readGolden,
} from "../support/golden-model.ts"; // biome-ignore format: one block
import { inMemory, startGraph } from "../support/run-graph.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/imported");
const SIZES = new Map([
  ["batch_size", 4],
  ["sequence_length", 9],
]);
interface Case {
  readonly targets: readonly string[] | typeof ALL_LINEAR;
  readonly head: (encoded: Encoded) => string;
}
const own = ({ hidden }: Encoded): string => hidden;
const CASES: Readonly<Record<string, Case>> = {
  bert: {
    targets: ["query", "value"],
    head: (encoded) => encoded.layers.linear(meanPool(encoded), "classifier"),
  },
  distilbert: { targets: ALL_LINEAR, head: own },
  vit: { targets: ["q_proj", "v_proj", "fc1"], head: own },
};
const names = Object.keys(CASES);
const golden = (name: string): GoldenTensors => readGolden(join(FOLDER, name, "golden.safetensors"));

async function imported(name: string): Promise<Graph> {
  const model = await readOnnxModel(nodeFiles, join(FOLDER, name, "model.onnx"));
  const { graph, problems } = importModel(model, SIZES);
  expect(problems).toEqual([]);
  return forTraining(await inMemory(graph));
}

const feedsOf = ({ has, filled }: GoldenTensors) =>
  Object.fromEntries(
    ["input_ids", "attention_mask", "pixel_values"].filter(has).map((name) => [name, filled(name)]),
  );

test.each(names)("%s computes as PyTorch in the form that is trained", async (name) => {
  const graph = await imported(name);
  const made = await (await startGraph(graph)).run(feedsOf(golden(name)));
  expect(distance(made[graph.outputs[0]!]!.values, golden(name).numbers("base_output"))).toBeLessThan(1e-5);
});

test.each(names)("%s: each linear layer has the name that it has in PyTorch", async (name) => {
  const layers = [...linearLayers(await imported(name)).keys()];
  expect(layers.length).toBeGreaterThanOrEqual(12);
  expect(layers.filter((layer) => !/^model\.[a-z_.\d]+\.weight$/.test(layer))).toEqual([]);
  const adapted = golden(name).trained.filter((one) => one.includes(".lora_A."));
  expect(layers).toEqual(expect.arrayContaining(adapted.map((one) => one.replace(".lora_A", ""))));
});

test.each(names.flatMap((name) => (["keep", "recompute"] as const).map((memory) => [name, memory] as const)))(
  "%s, %s: loss, gradients and five AdamW steps are those of PEFT",
  async (name, memory: MemoryMode) => {
    const graph = await imported(name);
    const of = golden(name);
    const { targets, head } = CASES[name]!;
    const whole = of.trained.filter((one) => !one.includes(".lora_"));
    // A new head's weights are parameters of the step: what they are here is not looked at.
    const weights = (weight: string) =>
      whole.includes(weight) ? tensorOf({ dtype: "float32", ...zeros(of, weight) }) : undefined;
    const step = buildEncoderStep(
      { encode: (build) => addImported(build, { graph, weights }), head, loss: crossEntropy },
      {
        targets: (forward) =>
          chooseLayers(forward, targets)
            .filter((weight) => !whole.includes(weight))
            .map((weight) => ({ weight, rank: RANK, scale: ALPHA / RANK })),
        whole,
      },
      memory,
    );
    const feeds = { ...feedsOf(of), labels: of.filled("labels") };
    await expectGoldenSteps(of, step, { feeds, kept: 4 });
  },
);

const zeros = (of: GoldenTensors, name: string) => {
  const { shape } = of.filled(`start/${name}`);
  return { shape, values: Array(shape.reduce((a, b) => a * b, 1)).fill(0) };
};

test("all-linear leaves out the output layer, and a name that fits nothing is told with those that do", async () => {
  const graph = await imported("distilbert");
  const chosen = chooseLayers(graph, ALL_LINEAR);
  const all = [...linearLayers(graph).keys()];
  expect(all.filter((weight) => !chosen.includes(weight))).toEqual(["model.classifier.weight"]);
  expect(() => chooseLayers(graph, ["query"])).toThrow(
    expect.objectContaining({
      code: "graph-unsupported",
      what: expect.stringContaining("query"),
      why: expect.stringContaining("q_lin"),
    }),
  );
  expect(chooseLayers(graph, ["classifier"])).toEqual(["model.classifier.weight"]);
  // The last block's sum is an answer of the bare encoder, but none of its layers alone is.
  const bare = await imported("bert");
  expect(chooseLayers(bare, ALL_LINEAR)).toEqual([...linearLayers(bare).keys()]);
});

test("a head on what has no rows is refused with the outputs that there are", () => {
  const build = new Builder("odd");
  const graph = build.build([build.op("Relu", [build.input("x", "float32", [3])])]);
  expect(() => addImported(new Builder("step"), { graph })).toThrow(/relu_0/);
});
