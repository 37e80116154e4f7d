/** Folders that PEFT wrote: read, run, trained on and written again (test/oracles/peft_folders.py). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DROPOUT_POOL } from "../../src/graph/passes/add-lora.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { attachAdapter, fitAdapter, parametersOf } from "../../src/learn/lora/adapter.ts";
import { readPeftFolder } from "../../src/learn/lora/peft-folder.ts";
import { resolveSettings } from "../../src/learn/lora/resolve-settings.ts";
import { ADAPTERS, adapterModel } from "../support/adapter-models.ts";
import { distance, expectGoldenSteps, readGolden } from "../support/golden-model.ts";
import { floats, startGraph } from "../support/run-graph.ts";

const cases = readdirSync(ADAPTERS);
const baseOf = (name: string): string =>
  JSON.parse(readFileSync(join(ADAPTERS, name, "adapter_config.json"), "utf8")).base_model_name_or_path;

const open = async (name: string) => ({
  ...(await readPeftFolder(nodeFiles, join(ADAPTERS, name))),
  golden: readGolden(join(ADAPTERS, name, "golden.safetensors")),
  model: adapterModel(baseOf(name)),
});

test.each(cases)("%s: the adapter on its base gives PEFT's logits", async (name) => {
  const { adapter, warnings, golden, model } = await open(name);
  expect(warnings).toEqual([]);
  const graph = attachAdapter(model.forward, fitAdapter(adapter, model.forward));
  const results = await (await startGraph(graph)).run(model.feeds);
  expect(distance(results[model.logits]!.values, golden.numbers("logits"))).toBeLessThan(1e-4);
});

test.each(cases.flatMap((name) => (["keep", "recompute"] as const).map((memory) => [name, memory] as const)))(
  "%s, %s: its settings train the same tensors, with PEFT's loss, gradients and AdamW steps",
  async (name, memory) => {
    const { adapter, golden, model } = await open(name);
    const type = baseOf(name).split("-")[0];
    // PEFT writes the names that "all-linear" came to, and those of the family; null asks for them again.
    const settings =
      name === "bert-classifier" ? { ...adapter.settings, target_modules: null } : adapter.settings;
    const { targets, whole, dropout } = resolveSettings(model.forward, settings, type);
    const step = model.step({ targets: () => targets, whole, dropout }, memory);
    expect([...step.spans.keys()].sort()).toEqual([...adapter.tensors.keys()].sort());
    const start = [...parametersOf(adapter, step.spans)];
    expect(start).toEqual([...step.spans.keys()].flatMap((one) => golden.numbers(`start/${one}`)));
    const pool = golden.has("pool")
      ? { [DROPOUT_POOL]: floats([step.dropout!.size], golden.numbers("pool")) }
      : {};
    await expectGoldenSteps(golden, step, {
      feeds: { ...model.feeds, ...model.lossFeeds, ...pool },
      kept: model.kept,
    });
  },
);
