import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeFiles } from "../../src/host/node-files.ts";
import { attachAdapter } from "../../src/learn/lora/adapter.ts";
import { checkExport, largestDifference } from "../../src/learn/lora/check-export.ts";
import { type ExportJob, type ExportTarget, exportAdapter } from "../../src/learn/lora/export-adapter.ts";
import { readPeftFolder } from "../../src/learn/lora/peft-folder.ts";
import type { WeightLookup } from "../../src/models/find-weight.ts";
import { ADAPTERS, adapterModel, plainFeeds } from "../support/adapter-models.ts";

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
