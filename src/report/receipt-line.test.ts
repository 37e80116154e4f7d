import { expect, test } from "vitest";
import type { EnergyPart, Receipt } from "../receipt/receipt.ts";
import { receiptLine } from "./receipt-line.ts";

const part = (component: "cpu" | "gpu", status: "measured" | "modelled"): EnergyPart => ({
  component,
  status,
  boundary: "machine",
  method: status === "measured" ? "counter" : "modelled",
  source: "test",
  energy_j: { low: 36, value: 36, high: 36 },
  coverage: 1,
  notes: [],
});
const missing = (component: "cpu" | "gpu"): EnergyPart => ({
  component,
  status: "unavailable",
  source: "test",
  reason: "no",
  remedy: "none",
});

const receipt = (parts: readonly EnergyPart[], more: Partial<Receipt> = {}): Receipt => ({
  id: "0123456789abcdef",
  schema: "frugal.receipt/1",
  kind: "run",
  subject: { type: "model", id: "m" },
  parents: [],
  started_at: "2026-01-01T00:00:00.000Z",
  duration_s: 4.2,
  energy: { parts, total_j: { low: 18, value: 36, high: 72 }, status: "modelled", shared: false },
  hardware: { cpu_model: "x", cpu_threads: 1, memory_b: 1, os: "linux", arch: "x64" },
  software: {},
  outcome: { status: "ok" },
  ...more,
});

test("energy, interval, provenance, per unit, time, carbon and id stand in two lines", () => {
  const text = receiptLine(
    receipt([part("cpu", "modelled")], {
      work: { unit: "text", count: 2, energy_per_unit_j: { low: 9, value: 18, high: 36 } },
      carbon: {
        emissions_g: { low: 0.001, value: 0.0047, high: 0.01 },
        intensity_g_per_kwh: { low: 100, value: 473, high: 900 },
        zone: "WORLD",
        zone_from: "default",
        year: 2024,
        source: "s",
        licence: "l",
        notes: [],
      },
    }),
  );
  expect(text).toBe(
    "energy 10 mWh (5 mWh … 20 mWh) modelled · 5 mWh per text · 4.2 s\n" +
      "carbon 4.7 mgCO2e (location unknown: world mean, 2024) · receipt 0123456789ab",
  );
});

test.each([
  [[part("cpu", "modelled"), missing("cpu")], ""],
  [[part("cpu", "measured"), missing("cpu")], " · part of cpu not measured"],
  [[part("cpu", "measured"), missing("gpu")], " · gpu not measured"],
])("what the total lacks is said once, and only where no model covers it", (parts, ending) => {
  expect(receiptLine(receipt(parts)).split("0123456789ab")[1]).toBe(ending);
});

test("a total wider than the run says so, with the run's own share and what is doubtful", () => {
  const energy = {
    parts: [part("cpu", "measured")],
    total_j: { low: 18, value: 36, high: 72 },
    own_j: { low: 3, value: 9, high: 18 },
    boundary: "machine",
    status: "measured",
    shared: false,
    notes: ["the parts (40 J) exceed the node reading (36 J)"],
  } as const;
  const text = receiptLine(receipt([], { energy }));
  expect(text).toContain("measured, whole machine, 2.5 mWh its own · 4.2 s");
  expect(text).toContain("exceed the node");
});

test("no total is unavailable, never 0", () => {
  const energy = { parts: [missing("cpu")], status: "unavailable", shared: false } as const;
  expect(receiptLine(receipt([], { energy }))).toMatch(/^energy unavailable · 4.2 s\ncarbon unknown/);
});
