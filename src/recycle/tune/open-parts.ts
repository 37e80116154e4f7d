/** The examples of a recipe: those that are learned from, and those that are held out. */
import type { Files } from "../../core/ports.ts";
import type { ExampleKind } from "../../learn/data/example.ts";
import { sameMapping } from "../../learn/data/mapping.ts";
import { type Dataset, openDataset } from "../../learn/data/open-dataset.ts";
import { splitDataset } from "../../learn/data/split-dataset.ts";
import type { Recipe } from "./recipe.ts";

export interface DataParts<Of extends Dataset> {
  /** How the training file was read. */
  readonly dataset: Of;
  readonly train: Of;
  readonly held: Of;
}

/** @param kinds those of `Of`. @throws "bad-data", and what reading throws. */
export async function openParts<Of extends Dataset>(
  files: Files,
  recipe: Recipe,
  kinds: readonly (Of["kind"] & ExampleKind)[],
): Promise<DataParts<Of>> {
  const options = { accept: kinds, ...(recipe.map !== undefined && { map: recipe.map }) };
  const dataset = (await openDataset(files, recipe.data, options)) as Of;
  if (recipe.validation === undefined) {
    const { train, validation } = splitDataset(dataset, { seed: recipe.seed, share: recipe.holdout });
    return { dataset, train: train as Of, held: validation as Of };
  }
  const same = { ...sameMapping(dataset.mapping), accept: kinds };
  return { dataset, train: dataset, held: (await openDataset(files, recipe.validation, same)) as Of };
}
