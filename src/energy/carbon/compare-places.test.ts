import { expect, test } from "vitest";
import { fakeFetch } from "../../../test/support/fake-fetch.ts";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { EM_FORECAST, EM_HISTORY, EM_LATEST } from "../../../test/support/live-answers.ts";
import { fromKwh } from "../../core/quantity.ts";
import { comparePlaces } from "./compare-places.ts";

const energy = fromKwh(5);
const worldOf = (env: Record<string, string> = {}, fake = fakeFetch({})) => ({
  ...fakeWorld({ env }),
  fetch: fake.fetch,
  fake,
});
const TOKEN = { ELECTRICITYMAPS_API_TOKEN: "t" };

test("places come lowest first; overlapping intervals are ties, both ways", async () => {
  const { basis, places } = await comparePlaces(worldOf(), { energy, places: ["DE", "US-CAL-CISO", "FR"] });
  expect(basis).toBe("it");
  // 31, 208 and 342 g/kWh × 5 kWh.
  expect(places.map(({ place, emissionsG, tiesWith }) => [place, emissionsG.value, tiesWith])).toEqual([
    ["FR", 155, []],
    ["US-CAL-CISO", 1_040, ["DE"]],
    ["DE", 1_710, ["US-CAL-CISO"]],
  ]);
});

test("one place under two names is one row", async () => {
  const { places } = await comparePlaces(worldOf(), { energy, places: ["FR", "FRA", "fr"] });
  expect(places.map(({ place }) => place)).toEqual(["FR"]);
});

test("one PUE for all compares facilities; the IT figure stays beside it", async () => {
  const { basis, places } = await comparePlaces(worldOf(), { energy, places: ["FR"], pue: 1.5 });
  expect(basis).toBe("facility");
  expect(places[0]).toMatchObject({
    emissionsG: { value: 155 },
    facilityEmissionsG: { value: 232.5 },
    pue: { source: "flag" },
  });
});

test("cloud regions bring their published PUE; one without leaves all at IT energy", async () => {
  const all = await comparePlaces(worldOf(), { energy, places: ["aws:eu-west-1", "aws:eu-north-1"] });
  expect([all.basis, all.places[0]?.place]).toEqual(["facility", "aws:eu-north-1"]);
  const mixed = await comparePlaces(worldOf(), { energy, places: ["aws:eu-west-1", "aws:eu-west-3"] });
  expect(mixed.basis).toBe("it");
});

test("a time picks the year", async () => {
  const { places } = await comparePlaces(worldOf(), {
    energy,
    places: ["DE"],
    at: "2021-07-01T00:00:00.000Z",
  });
  expect(places[0]).toMatchObject({ year: 2021, resolution: "year" });
});

test("with a live source, now is the newest figure and the future the forecast", async () => {
  const answers = { latest: { body: EM_LATEST }, forecast: { body: EM_FORECAST } };
  const now = await comparePlaces(worldOf(TOKEN, fakeFetch(answers)), { energy, places: ["DE"] });
  expect(now.places[0]).toMatchObject({ gPerKwh: { value: 310 }, resolution: "hour" });
  const later = await comparePlaces(worldOf(TOKEN, fakeFetch(answers)), {
    energy,
    places: ["DE"],
    at: "2026-01-01T02:00:00.000Z",
  });
  expect(later.places[0]).toMatchObject({ gPerKwh: { value: 90 }, resolution: "hour" });
});

test("a run of two hours is compared by the figures of both", async () => {
  const history = { history: { body: EM_HISTORY } };
  const { places } = await comparePlaces(worldOf(TOKEN, fakeFetch(history)), {
    energy,
    places: ["DE"],
    at: "2025-12-31T21:00:00.000Z",
    durationS: 7_200,
  });
  // 400 and 200 g/kWh.
  expect(places[0]).toMatchObject({ gPerKwh: { value: 300 }, resolution: "hour" });
});

test("a newest figure that is hours old is not now", async () => {
  const old = { latest: { body: { ...EM_LATEST, datetime: "2025-12-31T18:00:00.000Z" } } };
  const { places } = await comparePlaces(worldOf(TOKEN, fakeFetch(old)), { energy, places: ["DE"] });
  expect(places[0]).toMatchObject({
    resolution: "year",
    notes: expect.arrayContaining([expect.stringContaining("no figure")]),
  });
});

test.each(["XX", "aws:nowhere", ""])("%j is refused", async (place) => {
  await expect(comparePlaces(worldOf(), { energy, places: ["FR", place] })).rejects.toMatchObject({
    code: "carbon-zone-unknown",
  });
});

test("whichever question fails, every place has a row that says what it is", async () => {
  for (let failAt = 1; failAt <= 3; failAt++) {
    const world = worldOf(TOKEN, fakeFetch({ latest: { body: EM_LATEST } }, failAt));
    const { places } = await comparePlaces(world, { energy, places: ["DE", "FR", "SE"] });
    expect(places.filter(({ resolution }) => resolution === "year")).toHaveLength(1);
    for (const { notes } of places) expect(notes.length).toBeGreaterThan(0);
  }
});
