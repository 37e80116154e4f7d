import { expect, test } from "vitest";
import { yearlyIntensity } from "./yearly-intensity.ts";
import { listZones, searchCloudRegions, searchZones } from "./zone-list.ts";

test("every listed zone is one that is found by its name, with the listed figure", async () => {
  const zones = await listZones(2025);
  expect(zones.length).toBeGreaterThan(360);
  expect(new Set(zones.map(({ zone }) => zone)).size).toBe(zones.length);
  for (const { zone, gPerKwh, year, licence } of zones) {
    expect(await yearlyIntensity(zone, 2025)).toMatchObject({ year, licence, gPerKwh: { value: gPerKwh } });
  }
});

test.each([
  ["quebec", "CA-QC"],
  ["CALIFORNIA", "US-CAL-BANC"],
  ["deu", "DE"],
  ["chile", "CHL"],
  ["se-se3", "SE-SE3"],
])("searching %s finds %s", async (search, zone) => {
  expect(searchZones(await listZones(2025), search).map((each) => each.zone)).toContain(zone);
});

test("cloud regions are found by place, region and zone; nonsense finds nothing", async () => {
  const ids = (search: string) => searchCloudRegions(search).map(({ id }) => id);
  expect(ids("Sao Paulo")).toEqual(["aws:sa-east-1", "gcp:southamerica-east1", "azure:brazilsouth"]);
  expect(ids("eu-west-3")).toEqual(["aws:eu-west-3"]);
  expect(ids("SE-SE3")).toContain("azure:swedencentral");
  expect([...ids("xyzzy"), ...searchZones(await listZones(2025), "xyzzy")]).toEqual([]);
});
