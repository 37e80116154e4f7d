/** An embedder that counts letters: vectors of length 1 that depend on the text alone, no model, no child. */
import type { Embedder, EmbedderOptions } from "../../src/engines/embedder.ts";
import type { ModelFile } from "../../src/engines/engine.ts";

export interface FakeEmbedder extends Embedder {
  readonly closed: () => boolean;
}

const LETTERS = 26;
const ENCODER_FILES: readonly ModelFile[] = [
  { path: "config.json", size_b: 6, sha256: "c0ffee" },
  { path: "onnx/model_q4.onnx", size_b: 7, sha256: "decade" },
];

export function fakeEmbedder(options: EmbedderOptions, files = ENCODER_FILES, size = LETTERS): FakeEmbedder {
  let closed = false;
  const { model, dtype = "q4", maxTokens, run = {} } = options;
  return {
    facts: {
      engine: "transformers.js",
      task: "feature-extraction",
      model: model.split("/").at(-1)!,
      dtype,
      dtypeFrom: "only one",
      device: "cpu",
      versions: { "@huggingface/transformers": "4.3.1" },
      files,
      batchSize: 16,
    },
    source: { model, run, ...(maxTokens !== undefined && { maxTokens }) },
    embed: async (texts) => texts.map((text) => letters(text, size)),
    close: async () => {
      closed = true;
    },
    closed: () => closed,
  };
}

function letters(text: string, size: number): Float32Array {
  // One everywhere: no text may be a vector of zeros, which has no direction.
  const counts = new Float32Array(size).fill(1);
  for (const letter of text.toLowerCase()) {
    const at = letter.charCodeAt(0) - 97;
    if (at >= 0 && at < size) counts[at]!++;
  }
  const length = Math.hypot(...counts);
  return counts.map((count) => count / length);
}
