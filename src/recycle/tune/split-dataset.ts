/** Examples to train on and examples to judge by. */
import { createHash } from "node:crypto";
import { FrugalError } from "../../core/error.ts";
import type { EncoderDataset } from "../../learn/data/encode-texts.ts";

export interface SplitDataset<D extends EncoderDataset> {
  readonly train: D;
  readonly held: D;
}

/**
 * Equal examples fall on the same side, and classes in the same shares: of each class those with the lowest hashes are held out,
 * whatever order they come in.
 * @throws "bad-data" when either side would be empty.
 */
export function splitDataset<D extends EncoderDataset>(
  dataset: D,
  { holdout, seed }: { readonly holdout: number; readonly seed: number },
): SplitDataset<D> {
  const groups = new Map<string, Map<string, number[]>>();
  for (const [at, example] of dataset.examples.entries()) {
    const group = "label" in example ? example.label : "";
    const hash = createHash("sha256")
      .update(`${seed}\n${inputOf(example)}`)
      .digest("hex");
    const hashes = groups.get(group) ?? new Map<string, number[]>();
    groups.set(group, hashes.set(hash, [...(hashes.get(hash) ?? []), at]));
  }
  const held = new Set<number>();
  for (const hashes of groups.values()) {
    const size = [...hashes.values()].reduce((sum, places) => sum + places.length, 0);
    const wanted = held.size + Math.round(holdout * size);
    for (const [, places] of [...hashes].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (held.size + places.length > wanted) continue;
      for (const place of places) held.add(place);
    }
  }
  if (held.size === 0 || held.size === dataset.examples.length) {
    throw new FrugalError({
      code: "bad-data",
      what: `${dataset.name} cannot be split`,
      why: `of ${dataset.examples.length} examples ${held.size} would be judged by`,
      remedy: "give more examples, another --holdout, or examples of their own with --validation",
    });
  }
  return { train: part(dataset, (at) => !held.has(at)), held: part(dataset, (at) => held.has(at)) };
}

/** What is asked, without the answer. */
const inputOf = (example: EncoderDataset["examples"][number]): string =>
  JSON.stringify(example, (key, value) =>
    ["label", "labels", "tags", "value"].includes(key) ? undefined : value,
  );

function part<D extends EncoderDataset>(dataset: D, isIn: (at: number) => boolean): D {
  const pick = <T>(items: readonly T[]): T[] => items.filter((_, at) => isIn(at));
  return { ...dataset, examples: pick<unknown>(dataset.examples), places: pick(dataset.places) } as D;
}
