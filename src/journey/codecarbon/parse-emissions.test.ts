import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLine, csvRecords } from "../../formats/csv.ts";
import { EMISSIONS_COLUMNS } from "../../formats/emissions-columns.ts";
import { canonicalJson } from "../../receipt/canonical.ts";
import { parseReceipt } from "../../receipt/parse-receipt.ts";
import { emissionsRow } from "./emissions-row.ts";
import { parseEmissions } from "./parse-emissions.ts";

const ORACLES = join(import.meta.dirname, "../../../test/oracles");
const { written, with_short_row } = JSON.parse(readFileSync(join(ORACLES, "emissions-csv.json"), "utf8")) as {
  written: string;
  with_short_row: string;
};
const base = [...csvRecords(written)][1]!.cells;
const fileWith = (...changes: readonly Readonly<Record<string, string>>[]): string =>
  [
    EMISSIONS_COLUMNS,
    ...changes.map((change) => EMISSIONS_COLUMNS.map((column, at) => change[column] ?? base[at]!)),
  ]
    .map(csvLine)
    .join("");
const one = (change: Readonly<Record<string, string>>) =>
  parseEmissions(fileWith(change), "e.csv").receipts[0]!;

test("a file of CodeCarbon goes in and comes out the same", () => {
  const { receipts, refused } = parseEmissions(written, "e.csv");
  expect(refused).toEqual([]);
  const rows = receipts.map((receipt) => {
    const row = emissionsRow(receipt);
    return EMISSIONS_COLUMNS.map((column) => String(row[column] ?? ""));
  });
  expect(rows).toEqual([...csvRecords(written)].slice(1).map(({ cells }) => cells));
});

test("whatever texts a row holds, it comes out as it was, and its receipt is one that the ledger takes", () => {
  const text = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(text, text, text, (project_name, region, extra) => {
      const receipt = one({ project_name, region, cpu_model: extra });
      expect(emissionsRow(receipt)).toMatchObject({ project_name, region, cpu_model: extra });
      expect(parseReceipt(new TextEncoder().encode(canonicalJson(receipt)))).toMatchObject({ ok: true });
    }),
  );
});

test("the same row gives the same receipt, another row another", () => {
  expect(one({}).id).toBe(one({}).id);
  expect(one({}).id).not.toBe(one({ duration: "3" }).id);
  expect(parseEmissions(fileWith({}, {}), "e.csv").receipts).toHaveLength(1);
});

test("energy of the facility becomes IT energy, emissions keep both", () => {
  const { energy, carbon, started_at } = one({
    energy_consumed: "0.003",
    emissions: "0.0003",
    pue: "1.5",
    duration: "60",
  });
  expect(energy.total_j?.value).toBeCloseTo(7_200, 6);
  expect(carbon?.emissions_g.value).toBeCloseTo(0.2, 9);
  expect(carbon?.intensity_g_per_kwh.value).toBeCloseTo(100, 9);
  expect(carbon?.facility).toMatchObject({ pue: 1.5, emissions_g: { value: expect.closeTo(0.3, 9) } });
  expect(carbon).toMatchObject({ zone: "FR", zone_from: "import" });
  expect(started_at).toBe("2026-01-02T03:03:05.000Z");
});

test("a GPU with 0 kWh was not read; no GPU is no part", () => {
  const gpuOf = (gpu_count: string) =>
    one({ gpu_count, gpu_energy: "0" }).energy.parts.filter(({ component }) => component === "gpu");
  expect(gpuOf("1")).toMatchObject([{ status: "unavailable" }]);
  expect(gpuOf("")).toEqual([]);
});

test("the silent fallback to Quebec is told, a looked-up one is not", () => {
  const { fallbackLines, receipts } = parseEmissions(written, "e.csv");
  expect(fallbackLines).toEqual([3]);
  expect(receipts[1]?.carbon?.notes).toEqual([expect.stringContaining("silent fallback")]);
  const found = fileWith({ country_iso_code: "CAN", region: "quebec" });
  expect(parseEmissions(found, "e.csv").fallbackLines).toEqual([]);
});

test("bad rows are named by line and the others are taken", () => {
  const text = `${fileWith({}, { timestamp: "yesterday" }, { duration: "-1" }, { emissions: "1e300" }, { duration: "" })}a,b\n`;
  const { receipts, refused } = parseEmissions(text, "e.csv");
  expect(receipts).toHaveLength(1);
  expect(refused.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7]);
  expect(refused[4]?.why).toMatch(/^it has 2 cells, the first line 38/);
});

test("a row from which CodeCarbon left out empty cells is refused, not read askew", () => {
  const { receipts, refused } = parseEmissions(with_short_row, "e.csv");
  expect(receipts).toHaveLength(2);
  expect(refused).toEqual([{ line: 4, why: expect.stringContaining("36 cells, the first line 38") }]);
});

test("older files with fewer columns are taken, other files are not", () => {
  const old =
    "timestamp,project_name,duration,emissions,energy_consumed\n2021-09-23T15:04:51,p,10,0.001,0.002\n";
  expect(parseEmissions(old, "e.csv").receipts[0]).toMatchObject({ kind: "import", duration_s: 10 });
  expect(() => parseEmissions("a,b\n1,2\n", "e.csv")).toThrow(/lacks timestamp/);
});
