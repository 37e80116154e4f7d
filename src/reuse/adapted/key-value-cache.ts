/** Keys and values of the tokens so far, with room for more. */

import type { PlainFeeds } from "../../learn/train/graph-trainer.ts";
import { pastNames } from "../../models/llama/build-cached-llama.ts";
import type { LlamaConfig } from "../../models/llama/config.ts";

/** Room is doubled: a graph is opened for each capacity. */
const LEAST_CAPACITY = 128;

export class KeyValueCache {
  readonly #heads: number;
  readonly #size: number;
  #layers: Float32Array[][];
  #capacity = LEAST_CAPACITY;
  #length = 0;

  constructor({
    layers,
    keyValueHeads,
    headSize,
  }: Pick<LlamaConfig, "layers" | "keyValueHeads" | "headSize">) {
    this.#heads = keyValueHeads;
    this.#size = headSize;
    this.#layers = Array.from({ length: layers }, () => [this.#room(), this.#room()]);
  }

  get length(): number {
    return this.#length;
  }
  get capacity(): number {
    return this.#capacity;
  }

  feeds(): PlainFeeds {
    const shape = [1, this.#heads, this.#capacity, this.#size];
    return Object.fromEntries(
      this.#layers.flatMap((kept, layer) =>
        pastNames(layer).map((name, at) => [name, { dtype: "float32", shape, data: kept[at]! }] as const),
      ),
    );
  }

  /** @param made keys and values of each layer, [heads, tokens, size]. @param count tokens of them that count, from the first. */
  append(made: readonly (readonly Float32Array[])[], count: number): void {
    while (this.#length + count > this.#capacity) this.#grow();
    for (const [layer, parts] of made.entries()) {
      for (const [at, part] of parts.entries()) {
        const tokens = part.length / (this.#heads * this.#size);
        this.#copy(part, tokens, this.#layers[layer]![at]!, { count, from: this.#length });
      }
    }
    this.#length += count;
  }

  #room(): Float32Array {
    return new Float32Array(this.#heads * this.#capacity * this.#size);
  }

  #grow(): void {
    const old = this.#capacity;
    this.#capacity *= 2;
    this.#layers = this.#layers.map((kept) =>
      kept.map((part) => {
        const larger = this.#room();
        this.#copy(part, old, larger, { count: this.#length, from: 0 });
        return larger;
      }),
    );
  }

  /** The first `count` tokens of each head, to the place `from`. */
  #copy(
    source: Float32Array,
    tokens: number,
    target: Float32Array,
    { count, from }: { readonly count: number; readonly from: number },
  ): void {
    for (let head = 0; head < this.#heads; head++) {
      const start = head * tokens * this.#size;
      target.set(
        source.subarray(start, start + count * this.#size),
        (head * this.#capacity + from) * this.#size,
      );
    }
  }
}
