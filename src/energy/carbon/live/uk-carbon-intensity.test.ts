import { expect, test } from "vitest";
import { fakeFetch } from "../../../../test/support/fake-fetch.ts";
import { fakeWorld } from "../../../../test/support/fake-world.ts";
import { UK_RANGE } from "../../../../test/support/live-answers.ts";
import { ukCarbonIntensity } from "./uk-carbon-intensity.ts";

const at = (iso: string): number => Date.parse(iso) / 1_000;
const RANGE = { startS: at("2025-12-31T22:00Z"), endS: at("2025-12-31T23:00Z") };

function provider(body: unknown) {
  const fake = fakeFetch({ "api.carbonintensity.org.uk": { body } });
  return { ...ukCarbonIntensity({ ...fakeWorld(), fetch: fake.fetch }), fake };
}

test("half-hours come as estimated actuals, or as the forecast where there is none yet", async () => {
  const { history, fake } = provider(UK_RANGE);
  const { points, resolution, licence, notes } = await history("GB", RANGE);
  expect(points.map(({ startS, gPerKwh, estimated }) => [startS, gPerKwh.value, estimated])).toEqual([
    [at("2025-12-31T22:00Z"), 160, false],
    [at("2025-12-31T22:30Z"), 190, true],
  ]);
  expect({ resolution, licence }).toEqual({ resolution: "half-hour", licence: "CC BY 4.0" });
  expect(fake.calls).toEqual([
    "GET https://api.carbonintensity.org.uk/intensity/2025-12-31T22:00Z/2025-12-31T23:30Z",
  ]);
  // What it counts is less than a life-cycle figure: the interval leans upwards and a note says so.
  expect(points[0]!.gPerKwh.high - 160).toBeGreaterThan(160 - points[0]!.gPerKwh.low);
  expect(notes.join()).toContain("CO2 of electricity generation only");
});

test("a month is asked for in pieces of fourteen days", async () => {
  const { history, fake } = provider({ data: [] });
  await history("GB", { startS: at("2025-11-01T00:00Z"), endS: at("2025-11-30T00:00Z") });
  expect(fake.calls).toHaveLength(3);
});

test("it speaks for Great Britain only", () => {
  expect(["GB", "GB-NIR", "FR", "WORLD"].map(provider({}).covers)).toEqual([true, false, false, false]);
});

test.each([{}, { data: [{ from: "x" }] }, { error: { code: "400 Bad Request", message: "…" } }])(
  "an answer like %j is refused",
  async (body) => {
    await expect(provider(body).latest("GB")).rejects.toMatchObject({ code: "carbon-source-failed" });
  },
);
