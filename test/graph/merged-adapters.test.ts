/** Adapters merged into their bases compute what PEFT computes with both apart (test/oracles/peft_folders.py). */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { asFloat } from "../../src/formats/converted-tensor.ts";
import { fp32Tensor, openSafetensors, writeSafetensorsFile } from "../../src/formats/safetensors.ts";
import type { TensorRef } from "../../src/formats/tensor-ref.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { exportMerged } from "../../src/learn/lora/export-merged.ts";
import { mergeAdapter } from "../../src/learn/lora/merge-adapter.ts";
import { readPeftFolder } from "../../src/learn/lora/peft-folder.ts";
import { openWeights } from "../../src/models/open-weights.ts";
import { ADAPTERS, adapterModel } from "../support/adapter-models.ts";
import { distance, readGolden } from "../support/golden-model.ts";
import { inMemory, startGraph } from "../support/run-graph.ts";

const MODELS = join(ADAPTERS, "../models");

async function open(name: string) {
  const { adapter } = await readPeftFolder(nodeFiles, join(ADAPTERS, name));
  const base = adapter.settings.base_model_name_or_path!;
  const golden = readGolden(join(ADAPTERS, name, "golden.safetensors"));
  const { tensors } = await openSafetensors(nodeFiles, join(MODELS, base, "model.safetensors"));
  return { adapter, base, golden, tensors };
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "frugal-merged-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function logitsOf(base: string, folder: string): Promise<readonly number[]> {
  const { tensors } = await openWeights(nodeFiles, folder);
  const model = adapterModel(base, (name) =>
    tensors.has(name) ? asFloat(tensors.get(name)!, "float32") : undefined,
  );
  const running = await startGraph(await inMemory(model.forward));
  return (await running.run(model.feeds))[model.logits]!.values;
}

test.each(readdirSync(ADAPTERS))("%s: the merged folder gives PEFT's logits", async (name) => {
  const { adapter, base, golden } = await open(name);
  const out = emptyFolder();
  const written = await exportMerged(nodeFiles, {
    base: join(MODELS, base),
    out,
    adapter,
    config: { problem: "x" },
  });
  expect(written).toEqual(["model.safetensors", "config.json"]);
  const config = JSON.parse(readFileSync(join(MODELS, base, "config.json"), "utf8"));
  expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8"))).toEqual({ ...config, problem: "x" });
  expect(distance(await logitsOf(base, out), golden.numbers("logits"))).toBeLessThan(1e-4);
});

test.each(["bfloat16", "float16"] as const)("weights of %s stay of that type", async (dtype) => {
  const { adapter, base, golden, tensors } = await open("llama-dora");
  const half = new Map([...tensors].map(([name, tensor]) => [name, asFloat(tensor, dtype)]));
  const out = emptyFolder();
  const merged = mergeAdapter(half, adapter);
  await writeSafetensorsFile(nodeFiles, join(out, "model.safetensors"), merged);
  expect([...merged.values()].every((tensor) => tensor.dtype === dtype)).toBe(true);
  expect(distance(await logitsOf(base, out), golden.numbers("logits"))).toBeLessThan(
    dtype === "float16" ? 5e-3 : 5e-2,
  );
});

test("a bare encoder gets the names of a model with a head along with the head", async () => {
  const { adapter, base, golden, tensors } = await open("bert-classifier");
  const bare = new Map(
    [...tensors].flatMap(([name, tensor]) =>
      name.startsWith("bert.") ? [[name.slice(5), tensor] as const] : [],
    ),
  );
  const merged = mergeAdapter(bare, adapter, "bert.");
  expect(new Set(merged.keys())).toEqual(new Set(tensors.keys()));
  const out = emptyFolder();
  await writeSafetensorsFile(nodeFiles, join(out, "model.safetensors"), merged);
  expect(distance(await logitsOf(base, out), golden.numbers("logits"))).toBeLessThan(1e-4);
});

test("what is no finite number in the base's type is refused, and nothing is left behind", async () => {
  const { adapter, tensors } = await open("llama-rslora");
  const half = new Map(
    [...tensors].map(([name, tensor]): [string, TensorRef] => [name, asFloat(tensor, "float16")]),
  );
  const huge = { ...adapter, settings: { ...adapter.settings, lora_alpha: 1e7 } };
  const out = emptyFolder();
  const path = join(out, "model.safetensors");
  await expect(writeSafetensorsFile(nodeFiles, path, mergeAdapter(half, huge))).rejects.toMatchObject({
    code: "export-refused",
    what: expect.stringContaining("down_proj"),
  });
  expect(readdirSync(out)).toEqual([]);
});

test("an adapter is not merged into another base, nor into quantized weights", async () => {
  const { adapter, tensors } = await open("llama-rslora");
  const { tensors: other } = await open("qwen2-ranks");
  const without = new Map([...tensors].filter(([name]) => !name.includes("v_proj")));
  expect(() => mergeAdapter(without, adapter)).toThrow(expect.objectContaining({ code: "adapter-mismatch" }));
  const transposed = new Map(
    [...other].map(([name, tensor]): [string, TensorRef] => [
      name,
      { ...tensor, shape: tensor.shape.toReversed() },
    ]),
  );
  expect(() => mergeAdapter(transposed, adapter)).toThrow("does not fit");
  const bytes = new Map(
    [...tensors].map(([name, tensor]): [string, TensorRef] => [name, { ...tensor, dtype: "int8" }]),
  );
  expect(() => mergeAdapter(bytes, adapter)).toThrow(expect.objectContaining({ code: "unsupported-input" }));
});

test("a base is not written over", async () => {
  const { adapter, base } = await open("llama-rslora");
  const folder = join(MODELS, base);
  await expect(exportMerged(nodeFiles, { base: folder, out: `${folder}/`, adapter })).rejects.toMatchObject({
    code: "bad-option",
  });
});

test("a head for more classes takes the place of the base's own", async () => {
  const { adapter, tensors } = await open("bert-classifier");
  const wide = fp32Tensor([7, 18], new Float64Array(7 * 18));
  const merged = mergeAdapter(tensors, {
    ...adapter,
    tensors: new Map([...adapter.tensors, ["classifier.weight", wide]]),
  });
  expect(merged.get("classifier.weight")!.shape).toEqual([7, 18]);
});
