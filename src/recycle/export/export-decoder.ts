/** A tuned decoder for transformers, llama.cpp and mlx-lm. */
import type { Files } from "../../core/ports.ts";
import { openAdaptedDecoder } from "../../learn/lora/adapted-decoder.ts";
import type { Adapter } from "../../learn/lora/adapter.ts";
import type { PreparedExport } from "./export-encoder.ts";
import { wholeNumbers } from "./probe.ts";

const PROBE = { rows: 2, length: 12 };

/** @throws as `openAdaptedDecoder`. */
export async function prepareDecoder(
  files: Files,
  { base, adapter }: { readonly base: string; readonly adapter: Adapter },
): Promise<PreparedExport> {
  const decoder = await openAdaptedDecoder(files, base, adapter);
  const { config, type, forwardOf } = decoder;
  const shape = [PROBE.rows, PROBE.length];
  return {
    job: {
      adapter: decoder.adapter,
      forwardOf: (weights) => forwardOf(PROBE, weights),
      probe: {
        input_ids: wholeNumbers(shape, (_, random) => Math.floor(random.next() * config.vocabulary)),
        position_ids: wholeNumbers(shape, (at) => at % PROBE.length),
        segment_ids: wholeNumbers(shape, () => 0),
      },
    },
    targetOf({ format, out }) {
      if (format === "merged") return { format, out, base };
      if (format === "mlx") return { format, out, layers: config.layers };
      const { heads, keyValueHeads } = config;
      return { format: "gguf", out: `${out}/adapter.gguf`, base: { type, heads, keyValueHeads } };
    },
  };
}
