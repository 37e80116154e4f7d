/** What docs/measuring.md says of frugal is shown by tests: the list names them, and they are there. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { cloudRegions } from "../src/energy/carbon/cloud/cloud-region.ts";
import { listZones } from "../src/energy/carbon/grid/zone-list.ts";

const root = resolve(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs/measuring.md"), "utf8");
const rows = page.split("\n").flatMap((line) => {
  const cells = line.split("|").map((cell) => cell.trim());
  const shown = /^`(\S+\.test\.ts)` "(.+)"$/.exec(cells[5] ?? "");
  return shown === null
    ? []
    : [{ number: Number(cells[1]), what: cells[2]!, file: shown[1]!, name: shown[2]! }];
});

test("every row of the list names a test, and none is left out", () => {
  const numbers = [...Array.from({ length: 29 }, (_, at) => at + 1), 38, 39];
  expect(rows.map(({ number }) => number)).toEqual(numbers);
});

test("it counts the zones that there are", async () => {
  const parts = (await listZones(2026)).filter(({ zone }) => zone.includes("-"));
  const counted = `${parts.length} zones, ${cloudRegions().length} cloud regions`;
  expect(page).toContain(counted);
});

test.each(rows)("$number: $what is shown by a test that is there", ({ file, name }) => {
  const source = readFileSync(join(root, file), "utf8");
  expect(source).toMatch(new RegExp(`["\`]${name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`));
});
