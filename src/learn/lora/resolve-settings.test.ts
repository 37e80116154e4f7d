import { expect, test } from "vitest";
import { Builder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import { resolveSettings, withTaskHeads } from "./resolve-settings.ts";
import { LORA_DEFAULTS, type LoraSettings } from "./settings.ts";
import { readSettings } from "./settings-json.ts";

const LAYERS = ["query", "key", "output.dense"].flatMap((name) =>
  [0, 1, 2].map((at) => `bert.layer.${at}.${name}`),
);

function graph(): Graph {
  const build = new Builder("bert");
  const zeros = (shape: readonly number[]) => ({
    dtype: "float32" as const,
    shape,
    data: new Uint8Array(4 * shape.reduce((a, b) => a * b)),
  });
  let x = build.input("x", "float32", [3, 4]);
  for (const name of LAYERS.toSorted())
    x = build.op("Gemm", [x, build.weight(`${name}.weight`, zeros([4, 4]))], { transB: 1 });
  const head = [
    build.weight("classifier.weight", zeros([2, 4])),
    build.weight("classifier.bias", zeros([2])),
  ];
  return build.build([build.op("Gemm", [x, ...head], { transB: 1 })]);
}

const resolved = (settings: Partial<LoraSettings>, type?: string) =>
  resolveSettings(graph(), { ...LORA_DEFAULTS, ...settings }, type);
const names = (settings: Partial<LoraSettings>, type?: string) =>
  resolved(settings, type).targets.map(({ weight }) => weight.replace(/^bert\.layer\.|\.weight$/g, ""));

test("a list means whole names and ends behind a dot, a pattern whole names, null what is usual for the family", () => {
  expect(names({ target_modules: ["dense", "bert.layer.1.key"] })).toEqual([
    "0.output.dense", "1.key", "1.output.dense", "2.output.dense",
  ]); // biome-ignore format: one row
  expect(names({ target_modules: ["layer.1.output.dense"] })).toEqual(["1.output.dense"]);
  expect(() => names({ target_modules: ["ery"] })).toThrow(expect.objectContaining({ code: "bad-option" }));
  expect(names({ target_modules: "bert\\.layer\\.[02]\\.(query|key)" })).toEqual([
    "0.key",
    "0.query",
    "2.key",
    "2.query",
  ]);
  expect(() => names({ target_modules: "query" })).toThrow("no layer of bert is called query");
  expect(names({}, "bert")).toEqual(["0.query", "1.query", "2.query"]);
  expect(() => names({}, "unheard")).toThrow("unheard");
});

test("all-linear is all but the output layer; excluded and wholly trained modules are never adapted", () => {
  expect(names({ target_modules: "all-linear" })).toHaveLength(LAYERS.length);
  expect(names({ target_modules: "all-linear", exclude_modules: ["key", "dense"] })).toEqual([
    "0.query",
    "1.query",
    "2.query",
  ]);
  expect(names({ target_modules: ["query", "key"], exclude_modules: ".*\\.(0|1)\\..*" })).toEqual([
    "2.key",
    "2.query",
  ]);
  const { targets, whole } = resolved({
    target_modules: ["dense", "classifier"],
    modules_to_save: ["classifier", "layer.2"],
  });
  expect(targets.map(({ weight }) => weight)).toEqual([
    "bert.layer.0.output.dense.weight",
    "bert.layer.1.output.dense.weight",
  ]);
  expect(whole).toContain("classifier.bias");
  expect(whole).toContain("bert.layer.2.key.weight");
  expect(withTaskHeads({ ...LORA_DEFAULTS, task_type: "SEQ_CLS" }).modules_to_save).toEqual([
    "classifier",
    "score",
  ]);
});

test("layers are chosen by their number", () => {
  expect(names({ target_modules: ["query"], layers_to_transform: [0, 2] })).toEqual(["0.query", "2.query"]);
  expect(
    names({ target_modules: ["query"], layers_to_transform: 1, layers_pattern: ["h", "layer"] }),
  ).toEqual(["1.query"]);
  expect(() => names({ target_modules: ["query"], layers_to_transform: 1, layers_pattern: "h" })).toThrow();
});

test("rank, alpha and scale follow the first pattern that the name ends in", () => {
  const { targets } = resolved({
    r: 4, lora_alpha: 6, target_modules: ["query"], rank_pattern: { "layer.1.query": 9, query: 16 }, alpha_pattern: { "^bert.layer.2.query": 1 },
  }); // biome-ignore format: one row
  expect(targets.map(({ rank, scale }) => [rank, scale])).toEqual([[16, 6 / 16], [9, 6 / 9], [16, 1 / 16]]); // biome-ignore format: one row
  const [stabilized] = resolved({
    r: 16,
    lora_alpha: 6,
    use_rslora: true,
    target_modules: ["query"],
  }).targets;
  expect(stabilized!.scale).toBe(6 / 4);
});

test("a name that fits nothing is answered with those that there are, and the one that was meant", () => {
  expect(() => names({ target_modules: ["querry"] })).toThrow(
    expect.objectContaining({
      why: expect.stringContaining("key, dense, query"),
      remedy: "did you mean query?",
    }),
  );
});

const read = (json: object) => readSettings("adapter_config.json", { peft_type: "LORA", ...json });

test("settings have PEFT's defaults; unknown keys are left out with a warning", () => {
  expect(read({ r: 4, shiny: true })).toEqual({
    settings: { ...LORA_DEFAULTS, r: 4 },
    warnings: ["adapter_config.json: shiny is not known and left out"],
  });
  expect(
    read({ rank_pattern: null, megatron_core: "megatron.core", layer_replication: null }).warnings,
  ).toEqual([]);
});

test.each([
  ["unsupported-input", { peft_type: "IA3" }],
  ["unsupported-input", { bias: "all" }],
  ["unsupported-input", { lora_bias: true }],
  ["unsupported-input", { layer_replication: [[0, 4]] }],
  ["unsupported-input", { init_lora_weights: "pissa_niter_4" }],
  ["bad-model", { r: 0 }],
  ["bad-model", { lora_dropout: 1 }],
  ["bad-model", { target_modules: [1] }],
  ["bad-model", { target_modules: "all-linear", layers_to_transform: [1] }],
  ["bad-model", { target_modules: ["q"], layers_pattern: "h" }],
])("%s for %j", (code, json) => {
  expect(() => read(json)).toThrow(expect.objectContaining({ code }));
});
