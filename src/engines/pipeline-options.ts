/** From run options to the names that transformers.js pipelines use; what is not given is left to the library. */
import type { RunOptions } from "./engine.ts";

/** The parts of a pipeline that are used here. */
export interface Pipeline {
  (...args: unknown[]): Promise<unknown>;
  readonly tokenizer?: {
    readonly _tokenizerConfig?: { model_max_length?: number };
    readonly mask_token?: string;
  };
  readonly model?: { readonly config?: { readonly model_type?: string } };
  readonly processor?: {
    readonly feature_extractor?: { readonly config?: { readonly sampling_rate?: number } };
  };
}

const DEFAULT_TOP = 5;

/** Options of text generation that are set; the library's own defaults hold for the rest. */
export const generation = (options: RunOptions): Record<string, unknown> => ({
  ...(options.maxNewTokens === undefined ? {} : { max_new_tokens: options.maxNewTokens }),
  ...(options.temperature === undefined
    ? {}
    : options.temperature === 0
      ? { do_sample: false }
      : { do_sample: true, temperature: options.temperature, top_p: options.topP ?? 1 }),
  ...(options.sourceLanguage === undefined ? {} : { src_lang: options.sourceLanguage }),
  ...(options.targetLanguage === undefined ? {} : { tgt_lang: options.targetLanguage }),
});
export const top = (options: RunOptions): { top_k: number } => ({ top_k: options.top ?? DEFAULT_TOP });
export const threshold = (options: RunOptions): Record<string, number> =>
  options.threshold === undefined ? {} : { threshold: options.threshold };

/**
 * Moonshine writes at most six tokens a second (Jeffries et al. 2024, 3.1). The library counts whole seconds, so that a clip
 * shorter than one would stay empty: the limit is set here, for the exact length. Whisper names languages.
 */
export function speech(
  pipeline: Pipeline,
  samples: Float32Array,
  options: RunOptions,
): Record<string, unknown> {
  const rate = pipeline.processor?.feature_extractor?.config?.sampling_rate ?? 16_000;
  const moonshine = pipeline.model?.config?.model_type === "moonshine";
  const limit = options.maxNewTokens ?? (moonshine ? Math.ceil((samples.length / rate) * 6) : undefined);
  return {
    ...(limit === undefined ? {} : { max_new_tokens: limit }),
    ...(options.sourceLanguage === undefined ? {} : { language: options.sourceLanguage }),
  };
}
