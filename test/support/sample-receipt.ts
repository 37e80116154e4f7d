import type { Receipt, ReceiptBody } from "../../src/receipt/receipt.ts";
import { sealReceipt } from "../../src/receipt/seal.ts";

const range = (value: number) => ({ low: value / 2, value, high: value * 2 });

/** A sealed receipt with every part that the schema knows; `changes` replace whole fields. */
export const sampleReceipt = (changes: Partial<ReceiptBody> = {}): Receipt =>
  sealReceipt({
    schema: "frugal.receipt/1",
    kind: "run",
    subject: {
      type: "model",
      id: "tiny-model",
      commit: "0123abc",
      task: "text-classification",
      engine: "transformers.js",
      dtype: "q8",
      device: "cpu",
      files: [{ path: "onnx/model_q8.onnx", size_b: 23_456_789, sha256: "ab".repeat(32) }],
    },
    parents: ["cd".repeat(32)],
    started_at: "2026-01-02T03:04:05.678Z",
    duration_s: 4.25,
    energy: {
      parts: [
        {
          component: "cpu",
          status: "measured",
          boundary: "machine",
          method: "counter",
          source: "powercap:package-0",
          energy_j: range(36),
          coverage: 0.98,
          notes: ["the counter wrapped once"],
        },
        {
          component: "ram",
          status: "modelled",
          boundary: "process-tree",
          method: "modelled",
          source: "resident memory × 0.392 W/GB",
          energy_j: range(3.6),
          coverage: 1,
          notes: [],
        },
        {
          component: "gpu",
          status: "unavailable",
          source: "drm",
          reason: "its driver tells no energy",
          remedy: "none known",
        },
      ],
      total_j: range(39.6),
      status: "modelled",
      shared: true,
      cpu_s: 3.5,
    },
    carbon: {
      emissions_g: range(0.000616),
      intensity_g_per_kwh: range(56),
      zone: "FR",
      zone_from: "flag",
      year: 2025,
      source: "Ember",
      licence: "CC BY-SA 4.0",
      notes: ["a yearly mean"],
      resolution: "year",
      cloud_region: "aws:eu-west-3",
      market: {
        status: "available",
        emissions_g: range(0.0001),
        intensity_g_per_kwh: range(9),
        instruments: [{ kind: "certificate", g_per_kwh: 0, share: 0.8, vintage: 2024, reference: "GO-123" }],
        remainder: { basis: "residual-mix", share: 0.2, g_per_kwh: 45 },
        notes: ["the certificate is not checked"],
      },
      facility: { pue: 1.2, source: "the operator", energy_j: range(47.5), emissions_g: range(0.00074) },
      water: { wue_l_per_kwh: 0.2, source: "the operator's report", water_l: range(0.0000022) },
      embodied: {
        status: "available",
        emissions_g: range(0.012),
        device: "a rack server",
        total_g: range(1_300_000),
        lifespan_years: 4,
        share: 0.25,
        source: "a product carbon footprint",
        notes: ["reserved memory unknown"],
      },
    },
    work: { unit: "mail", count: 12, energy_per_unit_j: range(3.3) },
    quality: [
      { metric: "accuracy", estimate: { low: 0.9, value: 0.93, high: 0.95 }, count: 400, method: "Wilson" },
    ],
    hardware: { cpu_model: "Fake CPU", cpu_threads: 2, memory_b: 8_589_934_592, os: "linux", arch: "x64" },
    software: { frugal: "0.1.0", node: "20.20.2", "onnxruntime-node": "1.30.0" },
    seeds: { split: 7 },
    settings: { top: 3, pooling: "mean", normalize: true },
    outcome: { status: "failed", exit_code: 3, error_code: "bad-data" },
    ...changes,
  });

/** The `index`-th of many: a minute apart. */
export const numberedReceipt = (index: number, changes: Partial<ReceiptBody> = {}): Receipt =>
  sampleReceipt({
    started_at: new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString(),
    seeds: { index },
    ...changes,
  });
