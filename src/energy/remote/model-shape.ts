import { FrugalError } from "../../core/error.ts";
import { nearMatches } from "../carbon/grid/near-matches.ts";
import { MEASURED_MODELS } from "./fitted.ts";
import type { ModelShape } from "./serving.ts";

export interface MeasuredModel extends ModelShape {
  readonly model: string;
}

/** The open models that were measured, in alphabetical order. */
export const measuredModels = (): readonly MeasuredModel[] =>
  Object.entries(MEASURED_MODELS)
    .map(([model, shape]) => ({ model, ...shape }))
    .sort((a, b) => a.model.localeCompare(b.model));

/** By its id in any case, with or without its owner: `openai/gpt-oss-20b`, `gpt-oss-20b`. */
export function findMeasuredModel(name: string): MeasuredModel | undefined {
  const wanted = name.trim().toLowerCase();
  return measuredModels().find(({ model }) => {
    const id = model.toLowerCase();
    return id === wanted || id.split("/")[1] === wanted;
  });
}

/** For a model whose size nobody told: a number would be made up. */
export function unknownSize(name: string | undefined): FrugalError {
  const ids = measuredModels().map(({ model }) => model);
  const near = name === undefined ? [] : nearMatches(name.trim(), ids);
  const suggestion = near.length > 0 ? `did you mean ${near.join(", ")}? ` : "";
  return new FrugalError({
    code: "not-found",
    what: name === undefined ? "the model" : `model ${name}`,
    why: "it is not in the measured set, and its number of active parameters was not given",
    remedy: `${suggestion}give --active-params 3.6B; where its maker does not tell, a range that you can defend: 10B-200B`,
  });
}
