import { averageIntensity } from "@tgwf/co2/data";
import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { twoLetterCode } from "./country-codes.ts";
import { carbonIntensity, intensityOf } from "./grid-intensity.ts";

const CONFIG = "/home/fake/.local/share/frugal/config.json";

test("country codes of two and three letters, in any case, name the same zone", async () => {
  const two = await intensityOf({ zone: "fr", from: "flag" }, 2026);
  expect(two).toMatchObject({ zone: "FR", zoneFrom: "flag", year: 2025, licence: "ODbL 1.0" });
  expect(two.gPerKwh).toEqual({ low: 15.5, value: 31, high: 62 });
  expect(await intensityOf({ zone: "FRA", from: "flag" }, 2026)).toEqual(two);
});

test("a zone of Electricity Maps is finer than its country", async () => {
  const zone = await intensityOf({ zone: "US-CAL-CISO", from: "flag" }, 2026);
  const country = await intensityOf({ zone: "US", from: "flag" }, 2026);
  expect(zone.gPerKwh.value).toBeLessThan(country.gPerKwh.value);
});

test("an unknown place is the world with a wide interval, and a note says it out loud", async () => {
  const world = await carbonIntensity(fakeWorld());
  expect(world).toMatchObject({ zone: "WORLD", zoneFrom: "default", licence: "CC BY-SA 4.0" });
  expect(world.gPerKwh.high / world.gPerKwh.low).toBeGreaterThan(10);
  expect(world.notes.join()).toContain("location unknown");
});

test("a zone that does not exist is refused with near matches", async () => {
  const given = intensityOf({ zone: "US-CAL-CIS", from: "flag" }, 2026);
  await expect(given).rejects.toMatchObject({
    code: "carbon-zone-unknown",
    remedy: expect.stringContaining("US-CAL-CISO"),
  });
});

test.each(["", "__proto__", "constructor", "ZZ", "é"])("%j is no zone", async (zone) => {
  await expect(intensityOf({ zone, from: "flag" }, 2026)).rejects.toMatchObject({
    code: "carbon-zone-unknown",
  });
});

test("a country whose figure is missing at one source is taken from the other, never as zero", async () => {
  expect((await intensityOf({ zone: "CAF", from: "flag" }, 2026)).gPerKwh.value).toBeGreaterThan(0);
});

test("old data say how old they are", async () => {
  const notes = (year: number) =>
    intensityOf({ zone: "FR", from: "flag" }, year).then((it) => it.notes.join());
  expect(await notes(2028)).not.toContain("years old");
  expect(await notes(2029)).toContain("4 years old");
});

test("the flag wins over the environment, which wins over the config", async () => {
  const files = { [CONFIG]: '{"zone": "DE"}' };
  const zone = async (env: Record<string, string>, flag?: string): Promise<string> =>
    (await carbonIntensity(fakeWorld({ files, env }), flag)).zone;
  expect([
    await zone({ FRUGAL_ZONE: "SE" }, "FR"),
    await zone({ FRUGAL_ZONE: "SE" }),
    await zone({}),
  ]).toEqual(["FR", "SE", "DE"]);
});

test.each(["{", "[]", "null", '{"zone": 3}', '{"zone": ""}'])(
  "the config %j is refused by name",
  async (text) => {
    const given = carbonIntensity(fakeWorld({ files: { [CONFIG]: text } }));
    await expect(given).rejects.toMatchObject({ code: "bad-data", what: CONFIG });
  },
);

test("a config that cannot be read is an error, not an unknown place", async () => {
  const world = fakeWorld({ files: { [CONFIG]: "{}" }, failAt: { call: 1, code: "EACCES" } });
  await expect(carbonIntensity(world)).rejects.toMatchObject({ code: "file-unreadable" });
});

test("every country of Ember's table has a two-letter code", () => {
  const countries = Object.keys(averageIntensity.data).filter((code) => /^[A-Z]{3}$/.test(code));
  expect(countries.filter((code) => twoLetterCode(code) === undefined)).toEqual([]);
});
