import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { byFactor, within } from "../core/interval.ts";
import type { Reading } from "../core/meter.ts";
import { buildReceipt, hardwareOf, type ReceiptFacts, softwareOf } from "./build-receipt.ts";

const { machine } = fakeWorld();
const cpu: Reading = {
  kind: "available", component: "cpu", boundary: "process-tree", method: "modelled", source: "model",
  joules: byFactor(3_600_000, 2), coverage: 1, notes: [],
}; // biome-ignore format: one record
const ram: Reading = { ...cpu, component: "ram", method: "counter", joules: within(3_600_000, 0.05) };
const gpu: Reading = {
  kind: "unavailable",
  component: "gpu",
  source: "drm",
  reason: "no sensor",
  remedy: "none",
};
const facts = (readings: readonly Reading[]): ReceiptFacts => ({
  kind: "run",
  subject: { type: "model", id: "m" },
  energy: {
    name: "run",
    startedAt: "2026-01-01T00:00:00.000Z",
    durationS: 2,
    cpuS: 1,
    readings,
    shared: false,
  },
  carbon: {
    gPerKwh: { low: 50, value: 100, high: 200 }, zone: "FR", zoneFrom: "flag", year: 2025, source: "s", licence: "l", notes: [],
  }, // biome-ignore format: one record
  work: { unit: "item", count: 10 },
  hardware: hardwareOf(machine),
  software: softwareOf(machine, { engine: "1.0.0" }),
  outcome: { status: "ok" },
});

test("the total adds the available parts with their half-widths and is as weak as the weakest", () => {
  const { energy } = buildReceipt(facts([cpu, ram, gpu]));
  expect(energy.total_j).toEqual({ low: 5_220_000, value: 7_200_000, high: 10_980_000 });
  expect(energy.status).toBe("modelled");
  expect(energy.parts.map((part) => part.status)).toEqual(["modelled", "measured", "unavailable"]);
});

test("carbon is total × intensity, and work gives the energy of one unit", () => {
  const body = buildReceipt(facts([ram]));
  expect(body.carbon?.emissions_g.value).toBeCloseTo(100, 9);
  expect(body.carbon?.emissions_g.high).toBeGreaterThan(200);
  expect(body.work?.energy_per_unit_j?.value).toBe(360_000);
  expect(body.energy.status).toBe("measured");
});

test("energy that nobody could read gives no total, no carbon and no energy per unit: absent is not zero", () => {
  const body = buildReceipt(facts([gpu]));
  expect(body.energy).not.toHaveProperty("total_j");
  expect(body.energy.status).toBe("unavailable");
  expect(body).not.toHaveProperty("carbon");
  expect(body.work).toEqual({ unit: "item", count: 10 });
});

test("a node reading is the total; splits and the unattributed rest stand beside it", () => {
  const lines = [
    { owner: "idle" as const, name: "idle", joules: within(1_000_000, 0.1) },
    { owner: "process-tree" as const, name: "this process tree", joules: within(6_200_000, 0.1) },
  ];
  const node: Reading = {
    kind: "available", component: "node", boundary: "machine", method: "integrated", source: "plug",
    joules: within(7_200_000, 0.02), coverage: 1, notes: [], split: { lines, rule: "by CPU time" },
  }; // biome-ignore format: one record
  const { energy } = buildReceipt(facts([node, ram, gpu]));
  expect(energy.total_j?.value).toBe(7_200_000);
  expect(energy.unattributed_j?.value).toBe(3_600_000);
  expect(energy.own_j?.value).toBe(6_200_000);
  expect(energy).toMatchObject({ boundary: "machine", status: "measured" });
  expect(energy.parts[0]).toMatchObject({
    split: { rule: "by CPU time", lines: [{ owner: "idle", energy_j: { value: 1_000_000 } }, {}] },
  });
});

test("software names frugal, Node.js and the engines", () => {
  expect(Object.keys(softwareOf(machine, { engine: "1.0.0" })).sort()).toEqual(["engine", "frugal", "node"]);
});
