import { averageIntensity } from "@tgwf/co2/data";
import { expect, test } from "vitest";
import { threeLetterCode, twoLetterCode } from "./country-codes.ts";
import { yearlyIntensity } from "./yearly-intensity.ts";

// Read by hand from @tgwf/co2 0.19.0, src/data/electricity-maps/yearly_2021.js … yearly_2025.js.
test.each([
  ["FR", 2026, 31, 2025],
  ["US", 2025, 414, 2025],
  ["US-CAL-CISO", 2025, 208, 2025],
  ["US-MIDA-PJM", 2025, 418, 2025],
  ["SE-SE3", 2025, 20, 2025],
  ["DE", 2025, 342, 2025],
  ["GB", 2025, 176, 2025],
  ["IN-WE", 2025, 653, 2025],
  ["CN", 2025, 485, 2025],
])("%s in %i is %d g/kWh of %i, as the source publishes it", async (zone, year, value, of) => {
  const found = await yearlyIntensity(zone, year);
  expect(found).toMatchObject({ zone, year: of, licence: "ODbL 1.0" });
  expect(found.gPerKwh).toEqual({ low: value / 2, value, high: value * 2 });
});

test.each([
  [2019, 2021],
  [2021, 2021],
  [2023, 2023],
  [2024, 2024],
  [2031, 2025],
])("a run of %i takes the nearest year there is, %i", async (run, year) => {
  expect((await yearlyIntensity("DE", run)).year).toBe(year);
});

test("country codes of two and three letters, in any case and with spaces around, name the same zone", async () => {
  const two = await yearlyIntensity("fr", 2026);
  expect(await yearlyIntensity(" FRA ", 2026)).toEqual(two);
});

// Values and years: thegreenwebfoundation/co2.js 0.19.0, data/output/average-intensities.json.
test.each([
  ["CL", "CHL", 265.52, 2024],
  ["UKR", "UKR", 250.47, 2022],
  ["RU", "RUS", 446.17, 2024],
  ["VG", "VGB", 647.06, 2023],
])("%s, which only Ember has, is %s with Ember's own year", async (given, zone, value, year) => {
  const found = await yearlyIntensity(given, 2024);
  expect(found).toMatchObject({ zone, year, licence: "CC BY-SA 4.0", gPerKwh: { value } });
});

test("no place is the world with a wide interval, and a note says it out loud", async () => {
  const world = await yearlyIntensity(undefined, 2026);
  expect(world).toMatchObject({
    zone: "WORLD",
    year: 2024,
    licence: "CC BY-SA 4.0",
    gPerKwh: { value: 472.94 },
  });
  expect(world.gPerKwh.high / world.gPerKwh.low).toBeGreaterThan(10);
  expect(world.notes.join()).toContain("location unknown");
});

test("a group of countries is wider than a grid, and a world that was asked for is not called unknown", async () => {
  const europe = await yearlyIntensity("EU", 2025);
  expect(europe).toMatchObject({ zone: "EU", gPerKwh: { value: 213.02 } });
  // Members from 31 (France) to 565 (Poland) g/kWh.
  expect(europe.gPerKwh.low).toBeLessThan(50);
  expect(europe.gPerKwh.high).toBeGreaterThan(565);
  expect(europe.notes.join()).toContain("no grid");
  expect((await yearlyIntensity("world", 2025)).notes.join()).not.toContain("unknown");
});

test("a zone that does not exist is refused with near matches", async () => {
  await expect(yearlyIntensity("US-CAL-CIS", 2026)).rejects.toMatchObject({
    code: "carbon-zone-unknown",
    remedy: expect.stringContaining("US-CAL-CISO"),
  });
});

test.each(["", "__proto__", "constructor", "ZZ", "é", "US-", "FR; DROP"])("%j is no zone", async (zone) => {
  await expect(yearlyIntensity(zone, 2026)).rejects.toMatchObject({ code: "carbon-zone-unknown" });
});

test("a country whose figure is missing at one source is taken from the other, never as zero", async () => {
  expect((await yearlyIntensity("CAF", 2026)).gPerKwh.value).toBeGreaterThan(0);
});

test("data more than three years from the run say how far", async () => {
  const notes = async (year: number) => (await yearlyIntensity("FR", year)).notes.join();
  expect(await notes(2028)).not.toContain("years");
  expect(await notes(2029)).toContain("of 2025, 4 years before the run");
  expect(await notes(2015)).toContain("of 2021, 6 years after the run");
});

test("every country of Ember's table has a two-letter code, and codes go both ways", () => {
  const groups = new Set(["G20"]);
  const countries = Object.keys(averageIntensity.data).filter(
    (code) => /^[A-Z]{3}$/.test(code) && !groups.has(code),
  );
  for (const code of countries) expect(threeLetterCode(twoLetterCode(code) ?? "")).toBe(code);
});
