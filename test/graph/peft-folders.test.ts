/** Folders that PEFT wrote: read, run, trained on and written again (test/oracles/peft_folders.py). */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DROPOUT_POOL } from "../../src/graph/passes/add-lora.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { attachAdapter, fitAdapter, parametersOf } from "../../src/learn/lora/adapter.ts";
import { readPeftFolder, writePeftFolder } from "../../src/learn/lora/peft-folder.ts";
import { resolveSettings } from "../../src/learn/lora/resolve-settings.ts";
import { openGraphTrainer } from "../../src/learn/train/graph-trainer.ts";
import { ADAPTERS, adapterModel, plainFeeds } from "../support/adapter-models.ts";
import { distance, expectGoldenSteps, readGolden } from "../support/golden-model.ts";
import { floats, inMemory, startGraph } from "../support/run-graph.ts";

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

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "frugal-adapters-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

// What PEFT makes of them is asked by test/oracles/peft_reads.py.
test.each(cases)("%s: written again, it is the file that PEFT wrote, byte for byte", async (name) => {
  const { adapter } = await open(name);
  const folder = emptyFolder();
  await writePeftFolder(nodeFiles, folder, adapter);
  const again = await readPeftFolder(nodeFiles, folder);
  expect(again).toEqual({ adapter, warnings: [] });
  const theirs = join(ADAPTERS, name, "adapter_model.safetensors");
  if (existsSync(theirs)) {
    expect(readFileSync(join(folder, "adapter_model.safetensors")).equals(readFileSync(theirs))).toBe(true);
  }
  const config = (where: string) => JSON.parse(readFileSync(join(where, "adapter_config.json"), "utf8"));
  const [ours, their] = [config(folder), config(join(ADAPTERS, name))];
  for (const [key, value] of Object.entries(ours)) {
    const isSet = key.endsWith("_modules") && Array.isArray(value);
    expect(isSet ? [...value].sort() : value, key).toEqual(isSet ? [...their[key]].sort() : their[key]);
  }
});

test("an adapter is refused on another base, naming what does not fit", async () => {
  const { adapter } = await open("llama-rslora");
  const refused = (base: string) => {
    try {
      fitAdapter(adapter, adapterModel(base).forward);
    } catch (thrown) {
      return thrown;
    }
    return undefined;
  };
  expect(refused("bert")).toMatchObject({
    code: "adapter-mismatch",
    why: expect.stringContaining("model.layers.0.self_attn.q_proj; "),
  });
  expect(refused("qwen3")).toMatchObject({
    code: "adapter-mismatch",
    why: expect.stringContaining(
      "model.layers.0.self_attn.q_proj is [18,18] in the adapter, [24,18] in the base",
    ),
  });
});

test("an adapter of a bare encoder, without the prefix of models with a head, fits the encoder here", async () => {
  const { adapter, golden, model } = await open("bert-classifier");
  const folder = emptyFolder();
  await writePeftFolder(nodeFiles, folder, adapter, { prefix: "bert." });
  const bare = (await readPeftFolder(nodeFiles, folder)).adapter;
  expect([...bare.tensors.keys()]).toContain("encoder.layer.0.attention.self.query.lora_A.weight");
  const graph = attachAdapter(model.forward, fitAdapter(bare, model.forward));
  const results = await (await startGraph(graph)).run(model.feeds);
  expect(distance(results[model.logits]!.values, golden.numbers("logits"))).toBeLessThan(1e-4);
});

test("DoRA leaves a base of bfloat16 as it is stored, and trains nearly as on the float32 one", async () => {
  const { adapter, golden, model } = await open("llama-dora");
  const { targets } = resolveSettings(model.forward, adapter.settings, "llama");
  const step = model.step({ targets: () => targets }, "recompute", "bf16");
  const stored = (name: string) => step.graph.initializers.get(name)?.dtype;
  for (const { weight } of targets) {
    expect([stored(weight), stored(`${weight}.bf16`)]).toEqual([undefined, "bfloat16"]);
  }
  const parameters = floats([step.size], [...parametersOf(adapter, step.spans)]);
  const running = await startGraph(await inMemory(step.graph));
  const made = await running.run({ ...model.feeds, ...model.lossFeeds, parameters });
  const [name, span] = [...step.spans].find(([one]) => one.endsWith("magnitude_vector"))!;
  const own = made[step.gradient]!.values.slice(span.offset, span.offset + span.shape[0]!);
  const gradient = own.map((value) => value / model.kept);
  expect(distance(gradient, golden.numbers(`gradient/${name}`))).toBeLessThan(0.05);
});

test("a step with dropout drops the same at the same place of a run, other things elsewhere", async () => {
  const { adapter, model } = await open("llama-dropout");
  const { targets, dropout } = resolveSettings(model.forward, adapter.settings, "llama");
  const step = model.step({ targets: () => targets, dropout });
  const adamw = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxNorm: 1 };
  const gradientAt = async (seed: number, batch: number) => {
    const options = { folder: emptyFolder(), threads: 1, seed };
    const trainer = await openGraphTrainer(nodeFiles, () => step, { size: step.size, adamw }, options);
    const feeds = plainFeeds({ ...model.feeds, ...model.lossFeeds });
    const shaped = { rows: 2, length: 7, tokens: 14, kept: model.kept, feeds };
    const { gradient } = await trainer.run(parametersOf(adapter, step.spans), shaped, { epoch: 0, batch });
    await trainer.close();
    return gradient;
  };
  const first = await gradientAt(1, 3);
  expect(await gradientAt(1, 3)).toEqual(first);
  expect(await gradientAt(1, 4)).not.toEqual(first);
  expect(await gradientAt(2, 3)).not.toEqual(first);
});
