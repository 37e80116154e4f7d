import { expect, test } from "vitest";
import { fakeFetch } from "../../../test/support/fake-fetch.ts";
import { type FakeOptions, fakeWorld } from "../../../test/support/fake-world.ts";
import { EM_HISTORY, UK_RANGE } from "../../../test/support/live-answers.ts";
import { FrugalError } from "../../core/error.ts";
import { openCarbon } from "./open-carbon.ts";

const CONFIG = "/home/fake/.local/share/frugal/config.json";
const TOKEN = { ELECTRICITYMAPS_API_TOKEN: "a-token" };
/** The world's clock stands at 2026-01-01T00:00Z. */
const RUN = { startedAt: "2025-12-31T21:30:00.000Z", durationS: 3_600 };
const HISTORY = { "carbon-intensity/history": { body: EM_HISTORY } };

function worldOf(options: FakeOptions & { config?: object } = {}, fake = fakeFetch({})) {
  const files = options.config === undefined ? {} : { [CONFIG]: JSON.stringify(options.config) };
  return { ...fakeWorld({ ...options, files }), fetch: fake.fetch, fake };
}

test("nobody's word: the world mean, wide, said, and no question to any network", async () => {
  const world = worldOf();
  const carbon = await (await openCarbon(world)).over(RUN);
  expect(carbon).toMatchObject({
    zone: "WORLD",
    zoneFrom: "default",
    resolution: "year",
    market: { status: "unavailable", reason: "no contract data" },
    embodied: { status: "unavailable" },
  });
  expect(carbon.gPerKwh.high / carbon.gPerKwh.low).toBeGreaterThan(10);
  expect(carbon).not.toHaveProperty("pue");
  expect(world.fake.calls).toEqual([]);
});

test("the year of the run decides, not the year of today", async () => {
  const open = await openCarbon(worldOf(), { zone: "DE" });
  expect((await open.over({ startedAt: "2022-06-01T00:00:00.000Z", durationS: 60 })).year).toBe(2022);
});

test("a cloud region brings zone, published PUE and its name; a flag wins over the provider's PUE", async () => {
  const ireland = await (await openCarbon(worldOf(), { cloud: "aws:eu-west-1" })).over(RUN);
  expect(ireland).toMatchObject({
    zone: "IE",
    cloudRegion: "aws:eu-west-1",
    zoneFrom: "flag",
    pue: { value: 1.11 },
  });
  const flagged = await (await openCarbon(worldOf(), { cloud: "aws:eu-west-1", pue: 1.3 })).over(RUN);
  expect(flagged.pue).toEqual({ value: 1.3, source: "flag" });
});

test("a region that two grids may feed spans both", async () => {
  const { gPerKwh, notes } = await (await openCarbon(worldOf(), { cloud: "aws:us-west-2" })).over(RUN);
  // US-NW-BPAT 129 and US-NW-PACW 204 g/kWh in 2025.
  expect(gPerKwh).toEqual({ low: 64.5, value: 129, high: 408 });
  expect(notes.join()).toContain("US-NW-PACW");
});

test("live hours are weighted by time and say where they come from", async () => {
  const world = worldOf({ env: TOKEN }, fakeFetch(HISTORY));
  const carbon = await (await openCarbon(world, { zone: "DE" })).over(RUN);
  expect(carbon).toMatchObject({
    zone: "DE",
    year: 2025,
    resolution: "hour",
    source: "Electricity Maps API v3",
  });
  expect(carbon.gPerKwh.value).toBeCloseTo(300, 9);
  expect(carbon.notes).toEqual([]);
  expect(JSON.stringify(carbon)).not.toContain("a-token");
});

test("hours that the source lacks are filled with the yearly mean, and that is said with its licence", async () => {
  const world = worldOf({ env: TOKEN }, fakeFetch(HISTORY));
  const run = { startedAt: "2025-12-31T22:00:00.000Z", durationS: 7_200 };
  const carbon = await (await openCarbon(world, { zone: "DE" })).over(run);
  expect(carbon.gPerKwh.value).toBeCloseTo((200 + 342) / 2, 9);
  expect(carbon.notes.join()).toContain("live for 50 % of the time, the rest is the yearly average of 2025");
  expect(carbon.licence).toContain("ODbL 1.0");
});

test.each([
  ["a refused token", { "electricitymaps.com": { status: 401 } }, "refused access"],
  ["an unknown zone", { "electricitymaps.com": { status: 404 } }, "404"],
  ["too many requests", { "electricitymaps.com": { status: 429 } }, "429"],
  ["a broken server", { "electricitymaps.com": { status: 502 } }, "502"],
  ["nonsense", { "electricitymaps.com": { body: "<html>" } }, "not JSON"],
  ["no network", {}, "fetch failed"],
  ["an empty history", { "electricitymaps.com": { body: { history: [] } } }, "no figure for this time"],
])("%s leaves the yearly average, and the result says so", async (_, answers, why) => {
  const world = worldOf({ env: TOKEN }, fakeFetch(answers));
  const carbon = await (await openCarbon(world, { zone: "DE" })).over(RUN);
  expect(carbon).toMatchObject({ resolution: "year", licence: "ODbL 1.0", gPerKwh: { value: 342 } });
  const note = carbon.notes.find((each) => each.startsWith("no live intensity"));
  expect(note).toContain(why);
  expect(note).toContain("the yearly average is used");
});

test("a live source that stays silent costs five seconds, not the run", async () => {
  const world = worldOf({ env: TOKEN }, fakeFetch({ "electricitymaps.com": { silent: true } }));
  const open = await openCarbon(world, { zone: "DE" });
  const asked = open.over(RUN);
  // The cache is looked at first: let its promises pass before time does.
  while (world.fake.calls.length === 0) await Promise.resolve();
  world.clock.advance(5);
  expect((await asked).notes.join()).toContain("no answer within 5 s");
});

test("an unknown place is not asked about, and offline nothing is", async () => {
  const unknown = worldOf({ env: TOKEN }, fakeFetch(HISTORY));
  expect((await (await openCarbon(unknown)).over(RUN)).notes.join()).toContain("does not cover WORLD");
  const offline = worldOf({ env: { ...TOKEN, FRUGAL_OFFLINE: "1" } }, fakeFetch(HISTORY));
  expect((await (await openCarbon(offline, { zone: "DE" })).over(RUN)).notes.join()).toContain("offline");
  expect([...unknown.fake.calls, ...offline.fake.calls]).toEqual([]);
});

test("where it is not certain which grid feeds a region, no live figure is taken for it", async () => {
  const world = worldOf({ env: TOKEN }, fakeFetch(HISTORY));
  const carbon = await (await openCarbon(world, { cloud: "gcp:us-central1" })).over(RUN);
  expect(carbon.resolution).toBe("year");
  expect(world.fake.calls).toEqual([]);
});

test("whoever wants to end now waits for no network", async () => {
  const world = worldOf({ env: TOKEN }, fakeFetch(HISTORY));
  const open = await openCarbon(world, { zone: "DE" });
  expect((await open.over(RUN, { live: false })).resolution).toBe("year");
  expect(world.fake.calls).toEqual([]);
  const signal = AbortSignal.abort();
  await expect(open.over(RUN, { signal })).rejects.toMatchObject({ code: "aborted" });
});

test("Great Britain's own source needs no token", async () => {
  const world = worldOf(
    { env: { FRUGAL_LIVE: "uk" } },
    fakeFetch({ "carbonintensity.org.uk": { body: UK_RANGE } }),
  );
  const run = { startedAt: "2025-12-31T22:00:00.000Z", durationS: 3_600 };
  expect(await (await openCarbon(world, { zone: "GBR" })).over(run)).toMatchObject({
    resolution: "half-hour",
    gPerKwh: { value: 175 },
    licence: "CC BY 4.0",
  });
});

test("contracts and hardware come from the config", async () => {
  const config = {
    carbon: {
      wue_l_per_kwh: 0.5,
      market: { instruments: [{ kind: "contract", g_per_kwh: 5, vintage: 2025 }] },
      hardware: { embodied_kg: 1_000, lifespan_years: 5, share: 1 },
    },
  };
  const carbon = await (await openCarbon(worldOf({ config }), { zone: "FR" })).over(RUN);
  expect(carbon).toMatchObject({
    wue: { value: 0.5, source: "config" },
    market: { status: "available", intensity_g_per_kwh: { value: 5 } },
    embodied: { status: "available", total_g: { value: 1_000_000 }, lifespan_years: 5 },
  });
});

test.each([
  [{ zone: "XX-NOWHERE" }, {}, {}, "carbon-zone-unknown"],
  [{ cloud: "aws:nowhere" }, {}, {}, "carbon-zone-unknown"],
  [{}, { FRUGAL_ZONE: "ZZ" }, {}, "carbon-zone-unknown"],
  [{}, { FRUGAL_PUE: "0.2" }, {}, "bad-option"],
  [{}, {}, { carbon: { pue: "many" } }, "bad-data"],
  [{}, {}, { carbon: { hardware: { device: "abacus" } } }, "bad-data"],
])("what the user wrote wrong (%j %j %j) is refused before the run", async (flags, env, config, code) => {
  await expect(openCarbon(worldOf({ env, config }), flags)).rejects.toMatchObject({ code });
});

test("settings that cannot be read take nothing from a run but what they say, and that is said", async () => {
  const world = worldOf({ config: { zone: "DE" }, failAt: { call: 1, code: "EACCES" } });
  const open = await openCarbon(world, { zone: "FR" });
  expect(open.unread).toMatchObject({ code: "file-unreadable", why: "EACCES" });
  const carbon = await open.over(RUN);
  expect(carbon).toMatchObject({ zone: "FR", zoneFrom: "flag" });
  expect(carbon.notes[0]).toBe("the settings could not be read (EACCES)");
  const unknown = await openCarbon(worldOf({ config: { zone: "DE" }, failAt: { call: 1, code: "EACCES" } }));
  expect(await unknown.over(RUN)).toMatchObject({ zone: "WORLD", zoneFrom: "default" });
});

test("without a home folder there are figures, also live ones, without a cache", async () => {
  const machine = {
    get homeFolder(): string {
      throw new FrugalError({
        code: "file-missing",
        what: "home folder",
        why: "there is none",
        remedy: "set FRUGAL_HOME",
      });
    },
  };
  const world = { ...worldOf({ env: TOKEN }, fakeFetch(HISTORY)), machine };
  expect((await (await openCarbon(world, { zone: "DE" })).over(RUN)).resolution).toBe("hour");
});

test("whichever fetch or file call fails, there are figures that say what they are", async () => {
  for (let n = 1; n <= 6; n++) {
    const world = worldOf({ env: TOKEN }, fakeFetch(HISTORY, n));
    const carbon = await (await openCarbon(world, { zone: "DE" })).over(RUN);
    expect(carbon.resolution).toBe(n === 1 ? "year" : "hour");
    // The first file call reads the config; what fails after it is the cache, which is only a help.
    const files = worldOf({ env: TOKEN, failAt: { call: n + 1, code: "EIO" } }, fakeFetch(HISTORY));
    expect((await (await openCarbon(files, { zone: "DE" })).over(RUN)).resolution).toBe("hour");
  }
});
