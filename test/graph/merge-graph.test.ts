/** An adapter inside the weights of a graph computes what it computes beside them. */
import { expect, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import type { MemoryTensor } from "../../src/formats/safetensors.ts";
import { Builder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { tensorOf } from "../../src/graph/values.ts";
import { type Adapter, attachAdapter } from "../../src/learn/lora/adapter.ts";
import { mergeIntoGraph } from "../../src/learn/lora/merge-graph.ts";
import { LORA_DEFAULTS } from "../../src/learn/lora/settings.ts";
import { distance } from "../support/golden-model.ts";
import { floats, inMemory, startGraph } from "../support/run-graph.ts";

const [ROWS, IN, OUT, RANK] = [3, 5, 7, 6];
const random = seededRandom(9);
const drawn = (...shape: readonly number[]): MemoryTensor => {
  const values = Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.next() - 0.5);
  return tensorOf({ dtype: "float32", shape, values }) as MemoryTensor;
};

function layer(transB: 0 | 1, alsoAdded = false): Graph {
  const build = new Builder("layer");
  const x = build.input("x", "float32", [ROWS, IN]);
  const weight = build.weight("layer.weight", transB === 1 ? drawn(OUT, IN) : drawn(IN, OUT));
  const made = build.op("Gemm", [x, weight], { transB });
  return build.build([alsoAdded ? build.op("Add", [made, build.op("ReduceSum", [weight])]) : made]);
}

const adapter = (dora = false): Adapter => ({
  settings: { ...LORA_DEFAULTS, r: RANK, lora_alpha: 9, use_dora: dora },
  tensors: new Map([
    ["layer.lora_A.weight", drawn(RANK, IN)],
    ["layer.lora_B.weight", drawn(OUT, RANK)],
    ...(dora ? ([["layer.lora_magnitude_vector", drawn(OUT)]] as const) : []),
  ]),
});

test.each([
  ["a weight [out, in]", layer(1), adapter(), true],
  ["a weight [in, out]", layer(0), adapter(), true],
  ["DoRA on a weight [out, in]", layer(1), adapter(true), true],
  ["DoRA on a weight [in, out], which stays beside", layer(0), adapter(true), false],
  ["a weight that is used elsewhere, which stays as it is", layer(1, true), adapter(), false],
])("%s", async (_, graph, own, isMerged) => {
  const feeds = {
    x: floats(
      [ROWS, IN],
      Array.from({ length: ROWS * IN }, () => random.next() - 0.5),
    ),
  };
  const answers = async (of: Graph): Promise<readonly number[]> =>
    (await (await startGraph(await inMemory(of))).run(feeds))[of.outputs[0]!]!.values;
  const merged = mergeIntoGraph(graph, own);
  expect(merged.nodes.length === graph.nodes.length).toBe(isMerged);
  expect(distance(await answers(merged), await answers(attachAdapter(graph, own)))).toBeLessThan(1e-5);
  expect(distance(await answers(merged), await answers(graph))).toBeGreaterThan(0.01);
});
