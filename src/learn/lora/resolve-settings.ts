/** Which layers of a graph an adapter's settings mean, as PEFT matches names (huggingface/peft, tuners/tuners_utils.py and utils/other.py). */
import { FrugalError, messageOf } from "../../core/error.ts";
import { nearest } from "../../engines/nearest.ts";
import type { Graph } from "../../graph/graph.ts";
import { type LoraTarget, linearLayers } from "../../graph/passes/add-lora.ts";
import { ALL_LINEAR, chooseLayers } from "./choose-layers.ts";
import type { LoraSettings, PeftTask } from "./settings.ts";

/** utils/constants.py, TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING: of families that are built or imported here. */
const FAMILY_TARGETS: ReadonlyMap<string, readonly string[]> = new Map(
  [
    [
      ["llama", "mistral", "gemma", "gemma2", "gemma3_text", "qwen2", "qwen3", "stablelm"],
      ["q_proj", "v_proj"],
    ],
    [
      ["opt", "bart", "gptj", "gpt_neo"],
      ["q_proj", "v_proj"],
    ],
    [["phi"], ["q_proj", "v_proj", "fc1", "fc2"]],
    [
      ["bert", "roberta", "xlm-roberta", "electra", "layoutlm"],
      ["query", "value"],
    ],
    [["deberta"], ["in_proj"]],
    [["deberta-v2"], ["query_proj", "value_proj"]],
    [
      ["t5", "mt5"],
      ["q", "v"],
    ],
    [["gpt2", "gpt_bigcode"], ["c_attn"]],
    [["bloom", "gpt_neox", "falcon", "chatglm"], ["query_key_value"]],
  ].flatMap(([types, targets]) => types!.map((type) => [type, targets!] as const)),
);

/** What PEFT trains as a whole without being told (peft_model.py, PeftModelFor…Classification). */
const TASK_HEADS: Partial<Readonly<Record<PeftTask, readonly string[]>>> = {
  SEQ_CLS: ["classifier", "score"],
  TOKEN_CLS: ["classifier", "score"],
  QUESTION_ANS: ["qa_outputs"],
};

/** The settings with the heads that their task trains among `modules_to_save`. */
export function withTaskHeads(settings: LoraSettings): LoraSettings {
  const heads = settings.task_type === null ? undefined : TASK_HEADS[settings.task_type];
  if (heads === undefined) return settings;
  return { ...settings, modules_to_save: [...new Set([...(settings.modules_to_save ?? []), ...heads])] };
}

export interface ResolvedLora {
  readonly targets: readonly LoraTarget[];
  /** Weights that are trained as a whole. */
  readonly whole: readonly string[];
  readonly dropout: number;
}

/**
 * @param modelType of config.json, for settings without `target_modules`.
 * @throws "bad-option" when they fit no layer, telling which there are.
 */
export function resolveSettings(
  graph: Graph,
  settings: LoraSettings,
  modelType: string | undefined,
): ResolvedLora {
  const weights = chosenWeights(graph, settings, modelType);
  return {
    targets: weights.map((weight) => {
      const rank = patternValue(settings.rank_pattern, moduleOf(weight)) ?? settings.r;
      return { weight, rank, scale: scaleOf(settings, moduleOf(weight), rank), dora: settings.use_dora };
    }),
    ...resolveModules(graph, settings),
    dropout: settings.lora_dropout,
  };
}

/** The weights of `modules_to_save`. @throws "bad-option" for a pattern that is none. */
export const resolveModules = (
  graph: Graph,
  { modules_to_save }: Pick<LoraSettings, "modules_to_save">,
): Pick<ResolvedLora, "whole"> => ({
  whole: [...graph.initializers.keys()].filter((name) => isInside(name, modules_to_save ?? [])),
});

/** What B · A of a module is multiplied by. */
export function scaleOf(settings: LoraSettings, module: string, rank: number): number {
  const alpha = patternValue(settings.alpha_pattern, module) ?? settings.lora_alpha;
  return alpha / (settings.use_rslora ? Math.sqrt(rank) : rank);
}

/** Of the first pattern that the name ends in. */
function patternValue(patterns: Readonly<Record<string, number>>, module: string): number | undefined {
  const key = Object.keys(patterns).find((pattern) =>
    expression(`^(?:.*\\.)?(?:${pattern})$`, pattern).test(module),
  );
  return key === undefined ? undefined : patterns[key];
}

export const moduleOf = (weight: string): string => weight.replace(/\.weight$/, "");

/** Whether a weight belongs to one of the modules. */
const isInside = (weight: string, modules: readonly string[]): boolean =>
  modules.some((module) => expression(`^(?:.*\\.)?${module}\\..*$`, module).test(weight));

function chosenWeights(
  graph: Graph,
  settings: LoraSettings,
  modelType: string | undefined,
): readonly string[] {
  const { exclude_modules, modules_to_save } = settings;
  const isExcluded = (weight: string): boolean =>
    (exclude_modules !== null && exclude_modules.length > 0 && fits(exclude_modules, moduleOf(weight))) ||
    isInside(weight, modules_to_save ?? []);
  const targets = settings.target_modules ?? familyTargets(modelType);
  if (typeof targets === "string" && targets.toLowerCase() === ALL_LINEAR) {
    return chooseLayers(graph, ALL_LINEAR).filter((weight) => !isExcluded(weight));
  }
  const all = [...linearLayers(graph).keys()];
  const left = all.filter((weight) => !isExcluded(weight));
  const chosen = left.filter(
    (weight) =>
      fits(targets, moduleOf(weight)) &&
      (typeof targets === "string" || isInLayers(settings, moduleOf(weight))),
  );
  if (chosen.length === 0) throw nothingFits(graph, targets, all, left.length < all.length);
  return chosen;
}

function familyTargets(modelType: string | undefined): readonly string[] {
  const found = modelType === undefined ? undefined : FAMILY_TARGETS.get(modelType);
  if (found !== undefined) return found;
  throw new FrugalError({
    code: "bad-option",
    what: "no layers to adapt are named",
    why: `there are no usual ones for models of the type ${modelType ?? "that this one has"}`,
    remedy: 'name them by target_modules, or take "all-linear"',
  });
}

/** A pattern fits a whole name; a name of a list, its end behind a dot. */
const fits = (targets: readonly string[] | string, module: string): boolean =>
  typeof targets === "string"
    ? expression(`^(?:${targets})$`, targets).test(module)
    : targets.some((target) => module === target || module.endsWith(`.${target}`));

function isInLayers(
  { layers_to_transform: layers, layers_pattern: given }: LoraSettings,
  module: string,
): boolean {
  if (layers === null || (typeof layers !== "number" && layers.length === 0)) return true;
  const patterns = typeof given === "string" ? [given] : (given ?? []);
  const found =
    patterns.length === 0
      ? /^.*?\.[^.]*\.(\d+)\./.exec(module)
      : patterns
          .map((pattern) => expression(`^(?:.*?\\.)?${pattern}\\.(\\d+)\\.`, pattern).exec(module))
          .find((match) => match !== null);
  const at = found == null ? Number.NaN : Number(found.at(-1));
  return typeof layers === "number" ? at === layers : layers.includes(at);
}

/** Patterns are Python's, of which those for names are JavaScript's too. */
function expression(source: string, pattern: string): RegExp {
  try {
    return new RegExp(source.replaceAll("(?P<", "(?<"));
  } catch (thrown) {
    throw new FrugalError({
      code: "bad-option",
      what: `"${pattern}" is no pattern of names`,
      why: messageOf(thrown),
      remedy: "use a regular expression, or a list of names",
      cause: thrown,
    });
  }
}

function nothingFits(
  graph: Graph,
  targets: readonly string[] | string,
  weights: readonly string[],
  someExcluded: boolean,
): FrugalError {
  const ends = [...new Set(weights.map((weight) => moduleOf(weight).split(".").at(-1)!))];
  const given = typeof targets === "string" ? [targets] : targets;
  const meant = given
    .map((target) => nearest(target.split(".").at(-1)!, ends))
    .find((name) => name !== undefined);
  return new FrugalError({
    code: "bad-option",
    what: `no layer of ${graph.name} is called ${given.join(" or ")}`,
    why: `its linear layers are called ${ends.join(", ") || "nothing: there are none"}${someExcluded ? ", and some are excluded" : ""}`,
    remedy:
      meant === undefined || given.includes(meant)
        ? 'name some of these, or take "all-linear"'
        : `did you mean ${meant}?`,
  });
}
