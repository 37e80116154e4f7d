/** A tuning run as the user told it: a YAML or JSON file, options over it, defaults for the rest. */

import { parseDocument } from "yaml";
import { FrugalError, systemCode } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { nearest } from "../../engines/nearest.ts";
import type { BaseKind } from "../../graph/passes/store-base.ts";
import { parseMap } from "../../learn/data/mapping.ts";
import { optionOf } from "./option-name.ts";
import {
  type EncoderTask,
  RECIPE_FIELDS,
  type RecipeField,
  type TuneMethod,
  type TuneTask,
} from "./recipe-fields.ts";

export interface Recipe {
  readonly model: string;
  readonly data: string;
  readonly task: TuneTask;
  readonly out: string;
  readonly validation?: string;
  readonly map?: Readonly<Record<string, string>>;
  readonly holdout: number;
  readonly method: TuneMethod;
  readonly rank: number;
  readonly alpha: number;
  readonly dropout: number;
  readonly rslora: boolean;
  readonly dora: boolean;
  readonly targets: string | readonly string[];
  readonly targetPattern?: string;
  readonly excludeTargets?: string | readonly string[];
  readonly layersToTransform?: readonly number[];
  readonly layersPattern?: string | readonly string[];
  readonly rankPattern?: Readonly<Record<string, number>>;
  readonly alphaPattern?: Readonly<Record<string, number>>;
  readonly modulesToSave?: string | readonly string[];
  readonly epochs: number;
  readonly pairsPerText: number;
  readonly maxSteps?: number;
  readonly rate: number;
  readonly schedule: "linear" | "cosine" | "constant";
  readonly warmup: number;
  readonly weightDecay: number;
  readonly maxNorm: number;
  readonly batchTokens: number;
  readonly accumulate: number;
  readonly maxLength: number;
  readonly unpacked: boolean;
  readonly chatTemplate?: string;
  readonly chatDate?: string;
  readonly evaluateEvery?: number;
  readonly patience?: number;
  readonly checkpointEvery: number;
  readonly seed: number;
  readonly base: BaseKind;
  readonly memory: "auto" | "keep" | "light" | "recompute";
  readonly threads?: number;
}

export type EncoderRecipe = Recipe & { readonly task: EncoderTask };

/** Values by field, as a file or options have them: texts are converted, other types must fit. */
export type RecipeValues = Readonly<Record<string, unknown>>;

/** @throws "file-missing", "bad-data" with line and column. */
export async function readRecipe(files: Pick<Files, "readText">, path: string): Promise<RecipeValues> {
  let text: string;
  try {
    text = await files.readText(path);
  } catch (thrown) {
    throw new FrugalError({
      code: systemCode(thrown) === "ENOENT" ? "file-missing" : "file-unreadable",
      what: `cannot read the recipe ${path}`,
      why: systemCode(thrown) === "ENOENT" ? "it does not exist" : String(thrown),
      remedy: "give the path of a YAML or JSON file",
      cause: thrown,
    });
  }
  const document = parseDocument(text, { prettyErrors: true });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const [at] = problem.linePos ?? [];
    throw bad(
      path,
      at === undefined
        ? problem.message
        : `line ${at.line}, column ${at.col}: ${problem.message.split("\n")[0]}`,
    );
  }
  const values: unknown = document.toJS();
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw bad(path, "it holds no fields");
  return values as RecipeValues;
}

/**
 * @param layers from the weakest to the strongest, each with where it came from for messages.
 * @throws "bad-option" for fields that are none, values that do not fit, and what is required but absent.
 */
export function settleRecipe(
  layers: readonly { readonly from: string; readonly values: RecipeValues }[],
): Recipe {
  const settled: Record<string, unknown> = {};
  for (const { from, values } of layers) {
    for (const [name, value] of Object.entries(values)) {
      const field = RECIPE_FIELDS.find((one) => one.name === name);
      if (field === undefined) throw unknownField(from, name);
      if (value !== undefined && value !== null) settled[name] = fitting(from, field, value);
    }
  }
  for (const { name, required, default: usual, defaults } of RECIPE_FIELDS) {
    if (settled[name] !== undefined) continue;
    // The method stands before what depends on it.
    const otherwise = defaults?.[settled["method"] as TuneMethod] ?? usual;
    if (required) {
      throw new FrugalError({
        code: "bad-option",
        what: `no ${name} was given`,
        why: "it cannot be guessed",
        remedy: `give ${optionOf(name)}, or ${name}: in a recipe`,
      });
    }
    if (otherwise !== undefined) settled[name] = otherwise;
  }
  return settled as unknown as Recipe;
}

function fitting(from: string, field: RecipeField, value: unknown): unknown {
  const { name, kind, choices } = field;
  const refuse = (wanted: string): FrugalError =>
    new FrugalError({
      code: "bad-option",
      what: `${name} of ${from} cannot be ${JSON.stringify(value)}`,
      why: `it is ${field.description}`,
      remedy: `give ${wanted}`,
    });
  switch (kind) {
    case "text": {
      if (typeof value !== "string" || value === "") throw refuse("a text");
      if (choices === undefined || choices.includes(value)) return value;
      const meant = nearest(value, choices);
      throw refuse(`${meant === undefined ? "" : `${meant}? It is `}one of ${choices.join(", ")}`);
    }
    case "count":
    case "number":
    case "share": {
      const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
      const isNumber = typeof number === "number" && Number.isFinite(number) && number >= 0;
      if (kind === "count" && !(isNumber && Number.isInteger(number) && number > 0))
        throw refuse("a whole number from 1 up");
      if (kind === "share" && !(isNumber && number < 1)) throw refuse("a number from 0 to below 1");
      if (!isNumber) throw refuse("a number from 0 up");
      return number;
    }
    case "list":
      if (typeof value === "string")
        return value.includes(",") ? value.split(",").map((part) => part.trim()) : value;
      if (Array.isArray(value) && value.every((part) => typeof part === "string")) return value;
      throw refuse("names, such as query,value");
    case "mapping":
      if (typeof value === "object" && !Array.isArray(value)) return value;
      if (typeof value === "string") return parseMap(value);
      throw refuse("pairs, such as text=body,label=class");
    case "places": {
      const places = typeof value === "string" ? value.split(",").map(Number) : [value].flat();
      if (places.every((place) => Number.isSafeInteger(place) && (place as number) >= 0)) return places;
      throw refuse("whole numbers from 0 up, such as 4,5");
    }
    case "ranks":
    case "alphas": {
      const pairs = typeof value === "string" ? parseMap(value) : value;
      const fits = (number: number): boolean =>
        kind === "ranks"
          ? Number.isSafeInteger(number) && number > 0
          : Number.isFinite(number) && number >= 0;
      if (typeof pairs === "object" && pairs !== null && !Array.isArray(pairs)) {
        const numbers = Object.entries(pairs).map(([name, given]) => [name, Number(given)] as const);
        if (numbers.every(([, number]) => fits(number))) return Object.fromEntries(numbers);
      }
      throw refuse("names with numbers, such as query=16,value=4");
    }
    case "flag":
      if (typeof value === "boolean") return value;
      throw refuse("true or false");
    default:
      return kind satisfies never;
  }
}

function unknownField(from: string, name: string): FrugalError {
  const names = RECIPE_FIELDS.map((field) => field.name);
  const meant = nearest(name, names);
  return new FrugalError({
    code: "bad-option",
    what: `${from} has a field "${name}"`,
    why: "there is no such field",
    remedy: meant === undefined ? `the fields are ${names.join(", ")}` : `did you mean ${meant}?`,
  });
}

const bad = (path: string, why: string): FrugalError =>
  new FrugalError({
    code: "bad-data",
    what: `${path} is no recipe`,
    why,
    remedy: "write one field a line, such as epochs: 3",
  });
