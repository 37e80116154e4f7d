/** Adapters for llama.cpp and mlx-lm, read back: the same logits as PEFT's folder gives (test/oracles/peft_folders.py). */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { toFloat32 } from "../../src/formats/convert-dtype.ts";
import { openGguf } from "../../src/formats/gguf/open-gguf.ts";
import { openSafetensors } from "../../src/formats/safetensors.ts";
import { readFloat32 } from "../../src/formats/stored-tensor.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { type Adapter, attachAdapter, fitAdapter } from "../../src/learn/lora/adapter.ts";
import { readGgufAdapter, writeGgufAdapter } from "../../src/learn/lora/gguf-adapter.ts";
import { readMlxFolder, writeMlxFolder } from "../../src/learn/lora/mlx-folder.ts";
import { readPeftFolder } from "../../src/learn/lora/peft-folder.ts";
import { ADAPTERS, adapterModel } from "../support/adapter-models.ts";
import { distance, readGolden } from "../support/golden-model.ts";
import { startGraph } from "../support/run-graph.ts";

const DECODERS = ["llama-rslora", "llama-dropout", "llama-pattern", "qwen2-ranks", "qwen2-last-layer"];

async function open(name: string) {
  const { adapter } = await readPeftFolder(nodeFiles, join(ADAPTERS, name));
  const model = adapterModel(adapter.settings.base_model_name_or_path!);
  const golden = readGolden(join(ADAPTERS, name, "golden.safetensors"));
  const type = adapter.settings.base_model_name_or_path!;
  const away = async (other: Adapter): Promise<number> => {
    const graph = attachAdapter(model.forward, fitAdapter(other, model.forward));
    const results = await (await startGraph(graph)).run(model.feeds);
    return distance(results[model.logits]!.values, golden.numbers("logits"));
  };
  return { adapter, away, base: { type, heads: 3, keyValueHeads: 1 } };
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "frugal-formats-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

// gguf-py reads the same files: test/oracles/gguf_adapters.py.
test.each(DECODERS)("%s: a GGUF adapter computes the same, with one alpha for all ranks", async (name) => {
  const { adapter, away, base } = await open(name);
  const path = join(emptyFolder(), "adapter.gguf");
  await writeGgufAdapter(nodeFiles, path, adapter, base);
  const { metadata } = await openGguf(nodeFiles, path);
  expect([...metadata.keys()]).toEqual([
    "general.architecture", "general.type", "adapter.type", "adapter.lora.alpha",
  ]); // biome-ignore format: one row
  expect(await away(await readGgufAdapter(nodeFiles, path, base))).toBeLessThan(1e-4);
});

test("rank-stabilized adapters have the alpha that llama.cpp divides by the rank; rows of queries lie in pairs, A as it was", async () => {
  const { adapter, base } = await open("llama-rslora");
  const path = join(emptyFolder(), "adapter.gguf");
  await writeGgufAdapter(nodeFiles, path, adapter, base);
  const { metadata, tensors } = await openGguf(nodeFiles, path);
  expect(metadata.get("adapter.lora.alpha")!.value).toBeCloseTo(5 * Math.sqrt(3), 6);
  const values = async (tensor: string) => [...(await readFloat32(nodeFiles, tensors.get(tensor)!))];
  const own = (half: string) => [
    ...toFloat32(adapter.tensors.get(`model.layers.1.self_attn.q_proj.lora_${half}.weight`)!.data, "float32"),
  ];
  expect(await values("blk.1.attn_q.weight.lora_a")).toEqual(own("A"));
  const [ours, theirs] = [await values("blk.1.attn_q.weight.lora_b"), own("B")];
  const row = (all: readonly number[], at: number) => all.slice(3 * at, 3 * at + 3);
  // Three heads of six channels: the halves of each, one after the other.
  const order = [0, 6, 12].flatMap((head) => [0, 3, 1, 4, 2, 5].map((channel) => head + channel));
  for (const [at, from] of order.entries()) expect(row(ours, at)).toEqual(row(theirs, from));
  expect(await values("blk.0.attn_v.weight.lora_b")).toEqual([
    ...toFloat32(adapter.tensors.get("model.layers.0.self_attn.v_proj.lora_B.weight")!.data, "float32"),
  ]);
});

test("what a GGUF adapter cannot say is refused", async () => {
  const path = join(emptyFolder(), "adapter.gguf");
  const why = async (name: string, change: (adapter: Adapter) => Adapter = (same) => same) => {
    const { adapter, base } = await open(name);
    return await writeGgufAdapter(nodeFiles, path, change(adapter), base).catch((thrown) => [
      thrown.code,
      thrown.why,
    ]);
  };
  expect(await why("llama-dora")).toEqual(["export-refused", "llama.cpp has no DoRA"]);
  expect(await why("bert-classifier")).toEqual([
    "export-refused",
    expect.stringContaining("no architecture for bert"),
  ]);
  const whole = (adapter: Adapter): Adapter => ({
    ...adapter,
    tensors: new Map([...adapter.tensors, ["model.norm.weight", [...adapter.tensors.values()][0]!]]),
  });
  expect(await why("llama-rslora", whole)).toEqual([
    "export-refused",
    "model.norm.weight was trained as a whole",
  ]);
  const head = (adapter: Adapter): Adapter => ({
    ...adapter,
    tensors: new Map(
      [...adapter.tensors].map(([name, tensor]) => [
        name.replace("model.layers.0.mlp.down_proj", "lm_head"),
        tensor,
      ]),
    ),
  });
  expect(await why("llama-rslora", head)).toEqual(["export-refused", "lm_head is no layer of a block"]);
  const { adapter, base } = await open("llama-rslora");
  await writeGgufAdapter(nodeFiles, path, adapter, base);
  await expect(readGgufAdapter(nodeFiles, path, { ...base, type: "qwen2" })).rejects.toMatchObject({
    code: "bad-model",
  });
});

test.each([...DECODERS, "llama-dora"])(
  "%s: mlx-lm's folder computes the same, with one rank and scale for all",
  async (name) => {
    const { adapter, away } = await open(name);
    const folder = emptyFolder();
    await writeMlxFolder(nodeFiles, folder, adapter, 2);
    const config = JSON.parse(readFileSync(join(folder, "adapter_config.json"), "utf8"));
    expect(config.num_layers).toBe(name === "qwen2-last-layer" ? 1 : 2);
    const { tensors } = await openSafetensors(nodeFiles, join(folder, "adapters.safetensors"));
    for (const [tensor, { shape }] of tensors) {
      if (tensor.endsWith(".lora_a")) expect(shape[1], tensor).toBe(config.lora_parameters.rank);
      if (tensor.endsWith(".lora_b")) expect(shape[0], tensor).toBe(config.lora_parameters.rank);
    }
    expect(await away(await readMlxFolder(nodeFiles, folder))).toBeLessThan(1e-4);
  },
);

test("mlx-lm's keys are the names within a block, and its scale multiplies directly", async () => {
  const { adapter } = await open("llama-rslora");
  const folder = emptyFolder();
  await writeMlxFolder(nodeFiles, folder, adapter, 2);
  expect(JSON.parse(readFileSync(join(folder, "adapter_config.json"), "utf8"))).toEqual({
    fine_tune_type: "lora",
    num_layers: 2,
    lora_parameters: {
      rank: 3,
      scale: 5 / Math.sqrt(3),
      dropout: 0,
      keys: expect.arrayContaining(["self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj"]),
    },
  });
  const { adapter: head } = await open("bert-classifier");
  await expect(writeMlxFolder(nodeFiles, folder, head, 2)).rejects.toMatchObject({ code: "export-refused" });
});
