import { expect, test } from "vitest";
import { adapterModel } from "../../../test/support/adapter-models.ts";
import { floats, startGraph } from "../../../test/support/run-graph.ts";
import { toFloat32 } from "../../formats/convert-dtype.ts";
import { linearLayers } from "../../graph/passes/add-lora.ts";
import { nodeFiles } from "../../host/node-files.ts";
import { initialParameters } from "./initial-parameters.ts";
import { trainableWeights } from "./trainable-weights.ts";

test("all weights of an encoder are trained, and only those: no constants of the graph", () => {
  const { forward, golden } = adapterModel("bert");
  const all = [...forward.initializers.keys()].filter((name) => golden.lookup(name) !== undefined);
  expect(trainableWeights(forward).toSorted()).toEqual(all.toSorted());
  expect(all).toContain("bert.embeddings.LayerNorm.bias");
});

test("of a decoder neither tables of positions nor the table of its loss", () => {
  const weights = decoderWeights();
  expect(weights).toContain("model.embed_tokens.weight");
  expect(weights).toContain("model.layers.0.input_layernorm.weight");
  expect(weights.filter((name) => /rope|constant|lm_head/.test(name))).toEqual([]);
});

function decoderWeights(): readonly string[] {
  let weights: readonly string[] = [];
  adapterModel("llama").step({
    targets: (graph) => {
      weights = trainableWeights(graph);
      return [...linearLayers(graph).keys()].map((weight) => ({ weight, rank: 1, scale: 1 }));
    },
  });
  return weights;
}

test.each(["bert", "llama"])(
  "%s: full tuning starts from the weights, and its gradient is the slope of the loss",
  async (name) => {
    const { forward, step, golden, feeds, lossFeeds } = adapterModel(name);
    const whole = name === "llama" ? decoderWeights() : trainableWeights(forward);
    const full = step({ targets: () => [], whole });
    const start = await initialParameters(nodeFiles, full, { init: true, seed: 1, weightOf: golden.lookup });
    const { offset, shape } = full.spans.get(whole.at(-1)!)!;
    const last = start.subarray(offset, offset + shape.reduce((a, b) => a * b));
    expect(last).toEqual(toFloat32(golden.lookup(whole.at(-1)!)!.data as Uint8Array, "float32"));
    const running = await startGraph(full.graph);
    const at = async (values: Float32Array) =>
      await running.run({ ...feeds, ...lossFeeds, parameters: floats([full.size], [...values]) });
    const gradient = (await at(start))[full.gradient]!.values;
    const length = Math.hypot(...gradient);
    const moved = async (by: number): Promise<number> =>
      (await at(start.map((value, n) => value + (by * gradient[n]!) / length)))[full.loss]!.values[0]!;
    const slope = ((await moved(2e-3)) - (await moved(-2e-3))) / 4e-3;
    expect(slope / length).toBeGreaterThan(0.98);
    expect(slope / length).toBeLessThan(1.02);
  },
);
