import { expect, test } from "vitest";
import { sampleReceipt } from "../../test/support/sample-receipt.ts";
import { receiptView } from "./receipt-view.ts";

const WIDE = 1_000;

test("the whole view of a receipt", () => {
  const view = receiptView(sampleReceipt(), 100);
  expect(view).toMatchInlineSnapshot(`
    "receipt     a7ec312651ea13e9f255eb3d073e711ffe034520991dccf755eb05b27309c521
    schema      frugal.receipt/1
    kind        run
    subject     model tiny-model
      commit    0123abc
      task      text-classification
      engine    transformers.js
      dtype     q8
      device    cpu
      file      onnx/model_q8.onnx, 23.5 MB, sha256
                abababababababababababababababababababababababababababababababab
    started     2026-01-02 03:04 local time, 2026-01-02T03:04:05.678Z
    took        4.25 s
    outcome     failed (exit 3, bad-data)
    builds on   cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd
    energy      11 mWh (5.5 mWh … 22 mWh), modelled
                shared with other work that ran at the same time
      cpu       10 mWh (5 mWh … 20 mWh), measured (counter), of the machine
                from powercap:package-0; samples cover 98 % of the time
                note: the counter wrapped once
      ram       1 mWh (500 µWh … 2 mWh), modelled, of the process-tree
                from resident memory × 0.392 W/GB; samples cover 100 % of the time
      gpu       unavailable from drm: its driver tells no energy
                what would help: none known
      CPU time  3.5 s
    carbon      616 µgCO2e (308 µgCO2e … 1.23 mgCO2e)
      grid      FR (aws:eu-west-3), known by flag; 2025, by the year: 56 (28 … 112) gCO2e/kWh
                from Ember; CC BY-SA 4.0
                note: a yearly mean
      market    100 µgCO2e (50 µgCO2e … 200 µgCO2e), by contracts: 9 (4.5 … 18) gCO2e/kWh
                80 % certificate (2024, GO-123): 0 gCO2e/kWh
                20 % residual-mix: 45 gCO2e/kWh
                note: the certificate is not checked
      facility  13.2 mWh (6.6 mWh … 26.4 mWh), 740 µgCO2e (370 µgCO2e … 1.48 mgCO2e)
                PUE 1.2, from the operator
      water     0.0000022 (0.0000011 … 0.0000044) L
                0.2 L/kWh, from the operator's report
      embodied  12 mgCO2e (6 mgCO2e … 24 mgCO2e)
                25 % of a rack server, 1.3 tCO2e (650 kgCO2e … 2.6 tCO2e) over 4 years, from a product
                carbon footprint
                note: reserved memory unknown
    work        12 × mail, each 917 µWh (458 µWh … 1.83 mWh)
    accuracy    0.93 (0.9 … 0.95), from 400, by Wilson
    machine     Fake CPU, 2 threads, 8.59 GB memory, linux x64
    software    frugal 0.1.0
    software    node 20.20.2
    software    onnxruntime-node 1.30.0
    seed        split 7
    setting     top 3
    setting     pooling mean
    setting     normalize true"
  `);
  for (const line of view.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
});

test("every text of a receipt is shown", () => {
  const receipt = sampleReceipt();
  const view = receiptView(receipt, WIDE);
  const texts = (value: unknown): string[] =>
    typeof value === "string"
      ? [value]
      : typeof value === "object" && value
        ? Object.values(value).flatMap(texts)
        : [];
  const all = texts(receipt);
  expect(all.length).toBeGreaterThan(40);
  for (const text of all) expect(view).toContain(text);
});

test("what nobody knows is said, and an absent part leaves no line", () => {
  const { carbon: _c, work: _w, quality: _q, seeds: _s, settings: _t, energy, ...rest } = sampleReceipt();
  const { total_j: _total, cpu_s: _cpu, ...unread } = energy;
  const view = receiptView({ ...rest, energy: { ...unread, shared: false, status: "unavailable" } }, WIDE);
  expect(view).toMatch(/^energy +unavailable$/m);
  expect(view).toMatch(/^carbon +unknown$/m);
  expect(view).not.toMatch(/work|accuracy|seed|setting|shared|CPU time|undefined|NaN/);
});
