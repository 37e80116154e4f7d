import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as hub from "@huggingface/transformers";
import { expect, onTestFinished, test } from "vitest";
import { Builder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Sizes } from "../../src/graph/passes/generalize-sizes.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { attachAdapter } from "../../src/learn/lora/adapter.ts";
import { checkExport, largestDifference } from "../../src/learn/lora/check-export.ts";
import { type ExportJob, type ExportTarget, exportAdapter } from "../../src/learn/lora/export-adapter.ts";
import { mergeIntoGraph } from "../../src/learn/lora/merge-graph.ts";
import { readPeftFolder } from "../../src/learn/lora/peft-folder.ts";
import { buildBert } from "../../src/models/bert/build-bert.ts";
import { readBertConfig } from "../../src/models/bert/config.ts";
import type { Encoded } from "../../src/models/encoder/encoder.ts";
import type { WeightLookup } from "../../src/models/find-weight.ts";
import { ADAPTERS, adapterModel, plainFeeds } from "../support/adapter-models.ts";
import { distance, openGolden, readGolden } from "../support/golden-model.ts";

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "frugal-export-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function jobOf(name: string): Promise<ExportJob & { readonly base: string }> {
  const { adapter } = await readPeftFolder(nodeFiles, join(ADAPTERS, name));
  const base = adapter.settings.base_model_name_or_path!;
  return {
    adapter,
    base: join(ADAPTERS, "../models", base),
    forwardOf: (weights?: WeightLookup) => adapterModel(base, weights).forward,
    probe: plainFeeds(adapterModel(base).feeds),
    scratch: emptyFolder(),
    threads: 1,
  };
}

test.each(["peft", "mlx", "gguf", "merged"] as const)(
  "%s: what was exported is read back, run, and its largest difference told",
  async (format) => {
    const job = await jobOf("llama-rslora");
    const out = join(emptyFolder(), "out");
    const targets: Record<typeof format, ExportTarget> = {
      peft: { format: "peft", out },
      mlx: { format: "mlx", out, layers: 2 },
      gguf: { format: "gguf", out, base: { type: "llama", heads: 3, keyValueHeads: 1 } },
      merged: { format: "merged", out, base: job.base },
    };
    const { largest, bound } = await exportAdapter(nodeFiles, job, targets[format]);
    expect(largest).toBeLessThan(1e-4);
    expect(bound).toBe(1e-3);
  },
);

test.each(["bert-classifier", "bert-tokens-dora"])(
  "%s: transformers.js reads one ONNX file for all sizes, and gives PEFT's logits",
  async (name) => {
    const job = await jobOf(name);
    const out = join(emptyFolder(), "out");
    const base = job.adapter.settings.base_model_name_or_path!;
    const config = readBertConfig("config.json", openGolden(base).config);
    const graphAt = ({ rows, length }: Sizes): Graph => {
      const build = new Builder("bert");
      const encoded = buildBert(build, config, openGolden(base).lookup, { rows, length });
      return mergeIntoGraph(withLogits(build, encoded, { rows, length }), job.adapter);
    };
    const withLogits = (build: Builder, encoded: Encoded, { rows, length }: Sizes): Graph => {
      if (name === "bert-classifier")
        return build.build([build.addNamed("Identity", [encoded.classifyRows()], {}, "logits")]);
      const tokens = encoded.classifyTokens!();
      const labels = build.shape(tokens)[1] as number;
      return build.build([
        build.addNamed("Reshape", [tokens, build.ints([rows, length, labels])], {}, "logits"),
      ]);
    };
    const [rows, length] = job.probe["input_ids"]!.shape as [number, number];
    const target = {
      format: "onnx" as const,
      out,
      base: job.base,
      sizes: { rows, length },
      graphAt,
      longest: 14,
    };
    const { largest } = await exportAdapter(nodeFiles, job, target);
    expect(largest).toBeLessThan(1e-4);
    expect(readdirSync(out).sort()).toEqual(["config.json", "onnx"]);
    expect(readdirSync(join(out, "onnx"))).toEqual(["model.onnx"]);
    const {
      [name === "bert-classifier" ? "AutoModelForSequenceClassification" : "AutoModelForTokenClassification"]:
        kind,
    } = hub;
    const model = await kind.from_pretrained(out, { dtype: "fp32", local_files_only: true });
    const ids = (values: readonly number[]) =>
      new hub.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
    const golden = readGolden(join(ADAPTERS, name, "golden.safetensors")).filled("logits");
    const { data } = job.probe["input_ids"]!;
    // The first row without its padding, so of another length.
    const kept = Array.from(job.probe["attention_mask"]!.data.slice(0, length), Number).filter(
      (one) => one === 1,
    ).length;
    const row = (values: Iterable<number | bigint>) => ids(Array.from(values, Number).slice(0, kept));
    const { logits } = await model({
      input_ids: row(data),
      attention_mask: row(Array(kept).fill(1)),
      token_type_ids: row(job.probe["token_type_ids"]!.data),
    });
    const found = Array.from(logits.data as Float32Array);
    expect(distance(found, golden.values.slice(0, found.length))).toBeLessThan(1e-4);
  },
);

test("an export that computes something else is refused with the difference", async () => {
  const { adapter, probe, forwardOf, scratch } = await jobOf("bert-classifier");
  const trained = attachAdapter(forwardOf(), adapter);
  const graphs = { trained, exported: forwardOf(), probe };
  await expect(
    checkExport(nodeFiles, "out", graphs, { folder: scratch, bound: 1e-3, threads: 1 }),
  ).rejects.toMatchObject({
    code: "export-refused",
    why: expect.stringMatching(/^an answer differs by \d\.\d+ of the largest/),
  });
});

test("answers that are no numbers, or fewer, keep to no bound", () => {
  const of = (...values: readonly number[]): Float32Array => Float32Array.from(values);
  expect(largestDifference(of(1, -4), of(1, -4))).toBe(0);
  expect(largestDifference(of(1, -4), of(2, -4))).toBe(0.25);
  expect(largestDifference(of(1, Number.NaN), of(1, Number.NaN))).toBeNaN();
  expect(largestDifference(of(1), of(1, 2))).toBeNaN();
});
