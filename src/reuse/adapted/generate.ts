/** Tokens behind a prompt, one at a time, each computed alone: what came before is kept. */
import type { Files } from "../../core/ports.ts";
import { Builder } from "../../graph/builder.ts";
import type { AdaptedDecoder } from "../../learn/lora/adapted-decoder.ts";
import { runnable } from "../../learn/lora/merge-graph.ts";
import { openShapeSessions, type PlainTensor } from "../../learn/train/graph-trainer.ts";
import { buildCachedLlama } from "../../models/llama/build-cached-llama.ts";
import { KeyValueCache } from "./key-value-cache.ts";
import type { PickToken } from "./pick-token.ts";

/** Tokens of one call: a prompt is read in pieces of few sizes, the last one filled up. */
const PIECES = [1, 16, 64, 256];

export interface GenerateOptions {
  readonly most: number;
  readonly stops: ReadonlySet<number>;
  readonly pick: PickToken;
}

/** @returns the new tokens, without the one that stopped it. */
export type Generate = (prompt: readonly number[], options: GenerateOptions) => Promise<readonly number[]>;

/** @param scratch where graphs and weights are written. */
export async function openGenerator(
  files: Files,
  { config, weights, adapter }: Pick<AdaptedDecoder, "config" | "weights" | "adapter">,
  scratch: string,
): Promise<Generate> {
  const made = new Map<string, { logits: string; layers: readonly (readonly [string, string])[] }>();
  // A session for each number of new tokens and each capacity, which stands for the rows.
  const sessions = await openShapeSessions(
    files,
    ({ rows: capacity, length }) => {
      const build = new Builder("generate");
      const { logits, keys, values } = buildCachedLlama(build, config, weights, { length, capacity });
      made.set(`${capacity} ${length}`, {
        logits,
        layers: keys.map((name, at) => [name, values[at]!] as const),
      });
      return runnable(build.build([logits, ...keys, ...values]), adapter);
    },
    { folder: scratch },
  );

  /** The logits behind the last of `tokens`. */
  async function read(tokens: readonly number[], cache: KeyValueCache): Promise<Float32Array> {
    const length = PIECES.find((piece) => piece >= tokens.length) ?? PIECES.at(-1)!;
    const now = tokens.slice(0, length);
    const { length: past, capacity } = cache;
    const shape = { rows: capacity, length };
    await sessions.open(shape);
    const outputs = await sessions.run(shape, {
      input_ids: whole([1, length], (at) => now[at] ?? 0),
      position_ids: whole([1, length], (at) => past + at),
      past_length: whole([1], () => past),
      last_row: whole([1], () => now.length - 1),
      ...cache.feeds(),
    });
    const { logits, layers } = made.get(`${capacity} ${length}`)!;
    cache.append(
      layers.map((names) => names.map((name) => outputs[name]!)),
      now.length,
    );
    return tokens.length > length ? await read(tokens.slice(length), cache) : outputs[logits]!;
  }

  return async (prompt, { most, stops, pick }) => {
    const cache = new KeyValueCache(config);
    const tokens: number[] = [];
    let fresh = prompt;
    while (tokens.length < most) {
      const token = pick(await read(fresh, cache));
      if (stops.has(token)) break;
      tokens.push(token);
      fresh = [token];
    }
    return tokens;
  };
}

const whole = (shape: readonly number[], valueAt: (at: number) => number): PlainTensor => ({
  dtype: "int64",
  shape,
  data: BigInt64Array.from({ length: shape.reduce((a, b) => a * b) }, (_, at) => BigInt(valueAt(at))),
});
