/** adapter_config.json: read as PEFT reads it, and written as PEFT writes it (huggingface/peft, config.py and tuners/lora/config.py). */
import { FrugalError } from "../../core/error.ts";
import { LORA_DEFAULTS, type LoraSettings } from "./settings.ts";

type Values = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const isPlace: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));
const mapOf =
  (check: Check): Check =>
  (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(check);
const names = either(isText, listOf(isText));

const FIELDS: Readonly<Record<keyof LoraSettings, readonly [kind: string, fits: Check]>> = {
  task_type: ["a task", orNull(isText)],
  base_model_name_or_path: ["a name", orNull(isText)],
  r: ["a whole number above 0", isCount],
  lora_alpha: ["a number", isNumber],
  lora_dropout: [
    "a number from 0 to below 1",
    (value) => isNumber(value) && (value as number) >= 0 && (value as number) < 1,
  ],
  use_rslora: ["true or false", isFlag],
  use_dora: ["true or false", isFlag],
  init_lora_weights: ["true, false or a name", either(isFlag, isText)],
  target_modules: ["names, or a pattern", orNull(names)],
  exclude_modules: ["names, or a pattern", orNull(names)],
  layers_to_transform: ["numbers of layers", orNull(either(isPlace, listOf(isPlace)))],
  layers_pattern: ["names", orNull(names)],
  rank_pattern: ["ranks by pattern", mapOf(isCount)],
  alpha_pattern: ["numbers by pattern", mapOf(isNumber)],
  modules_to_save: ["names", orNull(listOf(isText))],
  bias: ["none", isText],
};

/** What PEFT writes beside, and what it is where it changes nothing; undefined: it never changes what a trained adapter computes. */
const OTHERS: Readonly<Record<string, unknown>> = {
  auto_mapping: undefined,
  peft_version: undefined,
  revision: undefined,
  inference_mode: undefined,
  fan_in_fan_out: undefined,
  megatron_config: undefined,
  megatron_core: undefined,
  loftq_config: undefined,
  eva_config: undefined,
  corda_config: undefined,
  lora_ga_config: undefined,
  qalora_group_size: undefined,
  runtime_config: undefined,
  ensure_weight_tying: false,
  lora_bias: false,
  use_qalora: false,
  layer_replication: null,
  target_parameters: null,
  trainable_token_indices: null,
  alora_invocation_tokens: null,
  use_bdlora: null,
  arrow_config: null,
  velora_config: null,
  monteclora_config: null,
  kasa_config: null,
};

/** Ways to start that change the base: an adapter of theirs fits no other base. */
const ALTERS_BASE = /^(pissa|olora|corda|loftq|lora_ga)/;

export interface ReadSettings {
  readonly settings: LoraSettings;
  /** Keys that are not known, and are left out as PEFT leaves them out. */
  readonly warnings: readonly string[];
}

/**
 * @param json of an adapter_config.json; absent keys have PEFT's defaults.
 * @throws "bad-model" for values that cannot be; "unsupported-input" for kinds of adapter that are not computed here.
 */
export function readSettings(file: string, json: Values): ReadSettings {
  const kind = json["peft_type"] ?? "LORA";
  if (kind !== "LORA")
    throw unsupported(file, `it is of the kind ${String(kind)}, and only LORA is computed`);
  const warnings: string[] = [];
  const settings: Record<string, unknown> = { ...LORA_DEFAULTS };
  for (const [key, value] of Object.entries(json)) {
    if (key === "peft_type" || value === undefined) continue;
    if (key in FIELDS) {
      const [wanted, fits] = FIELDS[key as keyof LoraSettings];
      // PEFT writes null for absent maps in some versions.
      const given = value === null && key.endsWith("_pattern") && key !== "layers_pattern" ? {} : value;
      if (!fits(given)) throw wrong(file, `its ${key} is ${JSON.stringify(value)} instead of ${wanted}`);
      settings[key] = given;
    } else if (!(key in OTHERS)) {
      warnings.push(`${file}: ${key} is not known and left out`);
    } else if (OTHERS[key] !== undefined && !isNothing(value) && value !== OTHERS[key]) {
      throw unsupported(file, `its ${key} is ${JSON.stringify(value)}`);
    }
  }
  const read = settings as unknown as LoraSettings;
  if (read.bias !== "none")
    throw unsupported(file, `its bias is ${JSON.stringify(read.bias)}: biases of the base are trained`);
  if (typeof read.init_lora_weights === "string" && ALTERS_BASE.test(read.init_lora_weights)) {
    throw unsupported(
      file,
      `its init_lora_weights is ${read.init_lora_weights}, which changes the base as well`,
    );
  }
  checkLayers(file, read);
  return { settings: read, warnings };
}

const isNothing = (value: unknown): boolean =>
  value === null || value === false || (Array.isArray(value) && value.length === 0);

/** As LoraConfig.__post_init__ refuses. */
function checkLayers(
  file: string,
  { target_modules, layers_to_transform, layers_pattern }: LoraSettings,
): void {
  if (typeof target_modules === "string" && (layers_to_transform !== null || layers_pattern !== null)) {
    throw wrong(file, "layers_to_transform and layers_pattern go with a list of target_modules only");
  }
  if (layers_pattern !== null && layers_pattern.length > 0 && layers_to_transform === null) {
    throw wrong(file, "layers_pattern goes with layers_to_transform only");
  }
}

/** The file as PEFT writes it, in the order of the keys. */
export function settingsJson(settings: LoraSettings): string {
  const all: Record<string, unknown> = {
    ...Object.fromEntries(Object.entries(OTHERS).filter(([, value]) => value !== undefined)),
    ...settings,
    peft_type: "LORA",
    auto_mapping: null,
    revision: null,
    inference_mode: true,
    fan_in_fan_out: false,
  };
  const keys = Object.keys(all).sort();
  return `${JSON.stringify(Object.fromEntries(keys.map((key) => [key, all[key]])), undefined, 2)}\n`;
}

const wrong = (file: string, why: string): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: `${file} describes no adapter`,
    why,
    remedy: "correct it, or copy the adapter again",
  });

const unsupported = (file: string, why: string): FrugalError =>
  new FrugalError({
    code: "unsupported-input",
    what: `the adapter of ${file} cannot be computed here`,
    why,
    remedy: "merge it into its base with PEFT (merge_and_unload), and use the merged model",
  });
