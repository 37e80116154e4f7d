/** Texts to vectors, for whoever builds on frozen features. */
import { isAbsolute, join } from "node:path";
import type { World } from "../core/ports.ts";
import type { Progress } from "../core/progress.ts";
import { runInBatches } from "./batches.ts";
import type { Dtype } from "./choose-dtype.ts";
import type { EngineFacts, RunOptions } from "./engine.ts";
import { openEngine } from "./open-engine.ts";

export interface Embedder {
  readonly facts: EngineFacts;
  readonly source: EmbedderSource;
  /** One vector per text, in order, all of one length; normalized to length 1 unless opened otherwise. */
  embed(texts: readonly string[], signal?: AbortSignal, progress?: Progress): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** What it takes, beside the dtype, to open the same embedder again, also from elsewhere. */
export interface EmbedderSource extends Pick<EmbedderOptions, "maxTokens" | "run"> {
  /** An absolute folder or a hub id. */
  readonly model: string;
}

export interface EmbedderOptions {
  /** A folder or a hub id. */
  readonly model: string;
  readonly dtype?: Dtype;
  readonly maxTokens?: number;
  readonly signal?: AbortSignal;
  /** Mean pooling and unit length by default, as sentence-transformers models expect. */
  readonly run?: Pick<RunOptions, "pooling" | "normalize">;
}

export async function openEmbedder(world: World, options: EmbedderOptions): Promise<Embedder> {
  const { run = {}, ...open } = options;
  const engine = await openEngine(world, { ...open, task: "feature-extraction" });
  // Only what came from the hub has a commit.
  const isPath = engine.facts.commit === undefined && !isAbsolute(open.model);
  return {
    facts: engine.facts,
    source: {
      model: isPath ? join(world.cwd, open.model) : open.model,
      run,
      ...(open.maxTokens !== undefined && { maxTokens: open.maxTokens }),
    },
    async embed(texts, signal, progress) {
      const items = texts.map((text) => ({ kind: "text" as const, text }));
      const outputs = await runInBatches(engine, items, run, signal, progress);
      return outputs.flatMap((output) => (output.kind === "vector" ? [output.vector] : []));
    },
    close: () => engine.close(),
  };
}
