import type { Progress } from "../../core/progress.ts";
import type { Embedder } from "../../engines/embedder.ts";

export interface SharingEmbedder {
  /** As the one it wraps, but a text that was prepared is not embedded again. */
  readonly embedder: Embedder;
  /** Embeds each of `texts` that is not known yet. */
  prepare(texts: readonly string[], signal?: AbortSignal, progress?: Progress): Promise<void>;
  /** Drops all vectors; from now on every text is embedded when it comes. */
  forget(): void;
}

/** Vectors of a text do not depend on the split that it is in: seeds share them. */
export function sharingEmbedder(inner: Embedder): SharingEmbedder {
  const known = new Map<string, Float32Array>();
  return {
    embedder: {
      ...inner,
      async embed(texts, signal, progress) {
        const vectors = texts.map((text) => known.get(text));
        const missing = texts.filter((_, at) => vectors[at] === undefined);
        const found = missing.length === 0 ? [] : await inner.embed(missing, signal, progress);
        let next = 0;
        return vectors.map((vector) => vector ?? found[next++]!);
      },
    },
    async prepare(texts, signal, progress) {
      const missing = [...new Set(texts)].filter((text) => !known.has(text));
      const vectors = await inner.embed(missing, signal, progress);
      for (const [at, text] of missing.entries()) known.set(text, vectors[at]!);
    },
    forget: () => known.clear(),
  };
}
