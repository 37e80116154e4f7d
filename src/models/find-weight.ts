/** Weights under the names that a class of transformers gives them, in files that were written by another class or version. */
import { FrugalError } from "../core/error.ts";
import type { TensorRef } from "../formats/tensor-ref.ts";

/** A tensor of the model's files by its name there; undefined where there is none. */
export type WeightLookup = (name: string) => TensorRef | undefined;

/** Another way of writing a part of a name. */
export type Spelling = readonly [part: RegExp, replacement: string];

/** @throws "bad-model" when the files have it under no spelling. */
export function findWeight(lookup: WeightLookup, name: string, spellings: readonly Spelling[]): TensorRef {
  const names = [name];
  for (const [part, replacement] of spellings)
    names.push(...names.map((one) => one.replace(part, replacement)));
  for (const one of new Set(names)) {
    const found = lookup(one);
    if (found !== undefined) return found;
  }
  throw new FrugalError({
    code: "bad-model",
    what: `the model has no weight ${name}`,
    why: "its files hold it under none of the names that this family uses",
    remedy: "check that config.json belongs to the weights, or add the missing head",
  });
}
