/** What is computed again must stay in the runtime's own optimised graph: merged with the first copy, it would save no memory. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { expect, test } from "vitest";
import { encodeOnnxModel } from "../../src/formats/onnx/write-model.ts";
import type { Builder } from "../../src/graph/builder.ts";
import { emit } from "../../src/graph/emit.ts";
import { linearLayers } from "../../src/graph/passes/add-lora.ts";
import { buildEncoderStep } from "../../src/learn/lora/build-encoder-step.ts";
import { crossEntropy } from "../../src/learn/losses/classification.ts";
import { buildBert } from "../../src/models/bert/build-bert.ts";
import { readBertConfig } from "../../src/models/bert/config.ts";
import type { Encoded } from "../../src/models/encoder/encoder.ts";
import { buildModernBert, readModernBertConfig } from "../../src/models/modernbert/build-modernbert.ts";
import { buildVit, readVitConfig } from "../../src/models/vit/build-vit.ts";
import { type GoldenModel, openGolden } from "../support/golden-model.ts";

const BATCH = { rows: 4, length: 9 };
const ENCODE: Readonly<Record<string, (build: Builder, model: GoldenModel) => Encoded>> = {
  bert: (build, { config, lookup }) => buildBert(build, readBertConfig("config.json", config), lookup, BATCH),
  modernbert: (build, { config, lookup }) =>
    buildModernBert(build, readModernBertConfig("config.json", config), lookup, BATCH),
  vit: (build, { config, lookup }) =>
    buildVit(build, readVitConfig("config.json", config), lookup, BATCH.rows),
};

/** Names of nodes in the graph that the runtime runs. */
async function optimised(model: Uint8Array): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "optimised-"));
  try {
    const optimizedModelFilePath = join(folder, "model.onnx");
    await InferenceSession.create(model, {
      graphOptimizationLevel: "all",
      optimizedModelFilePath,
      logSeverityLevel: 3,
    });
    return readFileSync(optimizedModelFilePath, "latin1");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each(Object.keys(ENCODE))("%s: the runtime keeps what is computed again apart", async (name) => {
  const model = openGolden(name);
  const step = buildEncoderStep(
    {
      encode: (build) => ENCODE[name]!(build, model),
      head: (encoded) => encoded.classifyRows(),
      loss: crossEntropy,
    },
    {
      targets: (graph) =>
        [...linearLayers(graph).keys()]
          .filter((weight) => /layers?\.\d/.test(weight))
          .map((weight) => ({ weight, rank: 3, scale: 1 })),
    },
    "recompute",
  );
  const again = step.graph.nodes.filter((node) => node.name.endsWith("/again"));
  const kinds = ["Gemm", "MatMul", "FusedMatMul", "Softmax", "LayerNormalization", "Gelu"];
  const costly = again.filter(({ op }) => kinds.includes(op));
  expect(costly.length).toBeGreaterThan(10);
  const kept = await optimised(encodeOnnxModel(emit(step.graph), { inlineAll: true }));
  expect(costly.filter(({ outputs }) => !kept.includes(outputs[0]!))).toEqual([]);
});
