import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sampleReceipt } from "../../../test/support/sample-receipt.ts";
import { csvLine } from "../../formats/csv.ts";
import { EMISSIONS_COLUMNS, TASK_COLUMNS } from "../../formats/emissions-columns.ts";
import { emissionsRow, runIdOf, taskRow } from "./emissions-row.ts";
import { cellsOf } from "./write-emissions.ts";

const ORACLES = join(import.meta.dirname, "../../../test/oracles");
const oracle = JSON.parse(readFileSync(join(ORACLES, "emissions-csv.json"), "utf8"));
const facts = { projectName: 'mail, "sorted"', experimentId: "e-1" };
const receipt = sampleReceipt();

test("the columns are CodeCarbon's, in its order: 38 for a run, 36 for a task", () => {
  expect(EMISSIONS_COLUMNS).toEqual(oracle.columns);
  expect(TASK_COLUMNS).toEqual(oracle.task_columns);
  expect([EMISSIONS_COLUMNS.length, TASK_COLUMNS.length]).toEqual([38, 36]);
});

test("the file is the one that CodeCarbon read, and wrote its own row into without setting it aside", async () => {
  // Stamps are local time, and the golden file is the same everywhere.
  const row = { ...emissionsRow(receipt, facts), timestamp: "2026-01-02T03:04:09" };
  const text = [EMISSIONS_COLUMNS, cellsOf(row, EMISSIONS_COLUMNS)].map(csvLine).join("");
  await expect(text).toMatchFileSnapshot("../../../test/golden/emissions.csv");
  const read = oracle.ours.values[0];
  for (const column of EMISSIONS_COLUMNS) {
    const value = row[column];
    if (typeof value === "number") expect(read[column]).toBeCloseTo(value, 12);
    else expect(read[column]).toBe(value ?? null);
  }
  expect(oracle.ours).toMatchObject({ rows_after_codecarbon_appended: 2, backups: 0 });
});

test("the stamp is the local time of the end, to the second", () => {
  const { timestamp } = emissionsRow(receipt);
  expect(new Date(String(timestamp)).toISOString()).toBe("2026-01-02T03:04:09.000Z");
});

test("energy columns are IT energy × PUE and power columns are not; emissions go with the energy", () => {
  const row = emissionsRow(receipt);
  expect(row.cpu_energy).toBeCloseTo((36 * 1.2) / 3_600_000, 12);
  expect(row.ram_energy).toBeCloseTo((3.6 * 1.2) / 3_600_000, 12);
  expect(row.energy_consumed).toBeCloseTo((39.6 * 1.2) / 3_600_000, 12);
  expect(row.cpu_power).toBeCloseTo(36 / 4.25, 9);
  expect(row.emissions).toBeCloseTo((((39.6 * 1.2) / 3_600_000) * 56) / 1_000, 15);
  expect(row.emissions_rate).toBeCloseTo(Number(row.emissions) / 4.25, 15);
  // ISO/IEC 30134-9 counts water per IT energy.
  expect(row.water_consumed).toBeCloseTo((39.6 / 3_600_000) * 0.2, 12);
});

test("a GPU that could not be read is an empty cell, a machine without one has zero", () => {
  expect(emissionsRow(receipt)).toMatchObject({ gpu_energy: undefined, gpu_count: undefined });
  const { parts, ...energy } = receipt.energy;
  const without = sampleReceipt({
    energy: { ...energy, parts: parts.filter(({ component }) => component !== "gpu") },
  });
  expect(emissionsRow(without)).toMatchObject({ gpu_energy: 0, gpu_power: 0, gpu_count: 0 });
});

test("energy that nobody could read leaves all figures empty", () => {
  const { carbon: _, ...body } = receipt;
  const row = emissionsRow({ ...body, energy: { parts: [], status: "unavailable", shared: false } });
  for (const column of ["cpu_energy", "energy_consumed", "emissions", "country_name"] as const) {
    expect(row[column]).toBeUndefined();
  }
});

test("an unknown location is no country", () => {
  const row = emissionsRow(
    sampleReceipt({ carbon: { ...receipt.carbon!, zone: "WORLD", zone_from: "default" } }),
  );
  expect([row.country_name, row.country_iso_code, row.region]).toEqual([undefined, undefined, undefined]);
});

test("process mode takes the process tree's share, and nothing where it cannot be told", () => {
  const row = emissionsRow(receipt, { tracking: "process" });
  expect(row).toMatchObject({ cpu_energy: undefined, energy_consumed: undefined, tracking_mode: "process" });
  expect(row.ram_energy).toBeCloseTo((3.6 * 1.2) / 3_600_000, 12);
});

test("the run id is a UUID whose first twelve digits find the receipt", () => {
  const id = runIdOf(receipt);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(receipt.id.startsWith(id.slice(0, 13).replace("-", ""))).toBe(true);
});

test("a task has its span's time and energy", () => {
  const row = taskRow(
    receipt,
    {
      name: "embed",
      path: ["run", "embed"],
      count: 1,
      startedAt: "2026-01-02T03:04:06.000Z",
      durationS: 2,
      shared: false,
      readings: [
        {
          kind: "available",
          component: "cpu",
          boundary: "process-tree",
          method: "modelled",
          source: "model",
          joules: { low: 1, value: 2, high: 4 },
          coverage: 1,
          notes: [],
        },
      ],
    },
    facts,
  );
  expect(row).toMatchObject({ task_name: "run / embed", duration: 2, cpu_power: 1 });
  expect(row.energy_consumed).toBeCloseTo((2 * 1.2) / 3_600_000, 12);
  expect(cellsOf(row, TASK_COLUMNS)).toHaveLength(36);
});
