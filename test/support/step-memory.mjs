/** One training step of a decoder with 100 MB of frozen float32 weights, stored as argv[2]: prints the most memory that the process took, in MB. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tensor } from "onnxruntime-node";
import { openGraph } from "../../dist/engines/graph-session.js";
import { linearLayers } from "../../dist/graph/passes/add-lora.js";
import { CHUNK } from "../../dist/graph/passes/attach-causal-loss.js";
import { nodeFiles } from "../../dist/host/node-files.js";
import { buildLoraStep } from "../../dist/learn/lora/build-step.js";
import { readLlamaConfig } from "../../dist/models/llama/config.js";

const [HIDDEN, MLP, WORDS, TOKENS] = [512, 2_048, 2_048, 16];
const config = readLlamaConfig("config.json", {
  model_type: "llama",
  hidden_size: HIDDEN,
  intermediate_size: MLP,
  num_hidden_layers: 6,
  num_attention_heads: 8,
  vocab_size: WORDS,
  tie_word_embeddings: true,
});
const folder = mkdtempSync(join(tmpdir(), "step-memory-"));
try {
  // Every weight is the beginning of one file, from where the session copies each for itself.
  const path = join(folder, "noise.bin");
  writeFileSync(path, new Uint8Array(Float32Array.from({ length: HIDDEN * MLP }, Math.random).buffer));
  const weights = (name) => {
    const shape = shapeOf(name);
    return {
      dtype: "float32",
      shape,
      data: { path, offset: 0, length: 4 * shape.reduce((a, b) => a * b, 1) },
    };
  };
  const step = buildLoraStep(
    config,
    weights,
    { rows: 1, length: TOKENS },
    (graph) => [...linearLayers(graph).keys()].map((weight) => ({ weight, rank: 2, scale: 1 })),
    "recompute",
    process.argv[2],
  );
  const session = await openGraph(nodeFiles, step.graph, { folder: join(folder, "session"), threads: 1 });
  const int64 = (length, shape) => new Tensor("int64", new BigInt64Array(length), shape);
  const made = await session.run({
    parameters: new Tensor("float32", new Float32Array(step.size).fill(0.01), [step.size]),
    input_ids: int64(TOKENS, [1, TOKENS]),
    position_ids: int64(TOKENS, [1, TOKENS]),
    segment_ids: int64(TOKENS, [1, TOKENS]),
    loss_rows: int64(CHUNK, [1, CHUNK]),
    loss_labels: int64(CHUNK, [1, CHUNK]),
    loss_weights: new Tensor("float32", new Float32Array(CHUNK).fill(1), [1, CHUNK]),
  });
  if (!made[step.gradient].data.every(Number.isFinite)) throw new Error("the gradient is not finite");
  await session.close();
  process.stdout.write(`${process.resourceUsage().maxRSS / 1e3}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

function shapeOf(name) {
  if (/embed/.test(name)) return [WORDS, HIDDEN];
  if (/norm/.test(name)) return [HIDDEN];
  if (/gate|up/.test(name)) return [MLP, HIDDEN];
  return /down/.test(name) ? [HIDDEN, MLP] : [HIDDEN, HIDDEN];
}
