import { expect, test } from "vitest";
import { fakeFetch } from "../../../../test/support/fake-fetch.ts";
import { type FakeOptions, fakeWorld } from "../../../../test/support/fake-world.ts";
import { EM_FORECAST, EM_HISTORY } from "../../../../test/support/live-answers.ts";
import { cachedProvider } from "./cached-provider.ts";
import { electricityMaps } from "./electricity-maps.ts";

const at = (iso: string): number => Date.parse(iso) / 1_000;
const MEASURED = { startS: at("2025-12-31T21:10Z"), endS: at("2025-12-31T22:50Z") };
const ESTIMATED = { startS: at("2026-01-01T00:10Z"), endS: at("2026-01-01T00:20Z") };
const ANSWERS = { "carbon-intensity/history": { body: EM_HISTORY }, forecast: { body: EM_FORECAST } };

/** A provider over files that stay between uses. */
function open(options: FakeOptions = {}, fake = fakeFetch(ANSWERS)) {
  const world = { ...fakeWorld(options), fetch: fake.fetch };
  const provider = () => cachedProvider(electricityMaps(world, "t"), world, "/cache");
  return { world, fake, provider };
}
const textOf = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

test("measured hours are asked for once, across processes", async () => {
  const { provider, fake, world } = open();
  const first = await provider().history("DE", MEASURED);
  world.clock.advance(86_400);
  const second = await provider().history("DE", MEASURED);
  expect(second.points).toEqual(first.points);
  expect(fake.calls).toHaveLength(1);
  expect([...world.stored.keys()]).toEqual(["/cache/electricity-maps/DE/2025-12-31.json"]);
});

test("estimates are good for a quarter of an hour", async () => {
  const { provider, fake, world } = open();
  await provider().history("DE", ESTIMATED);
  await provider().history("DE", ESTIMATED);
  expect(fake.calls).toHaveLength(1);
  world.clock.advance(1_000);
  await provider().history("DE", ESTIMATED);
  expect(fake.calls).toHaveLength(2);
});

test("a new figure for one hour does not make the estimate of another young again", async () => {
  const { provider, fake, world } = open();
  const day = { startS: at("2025-12-31T21:10Z"), endS: ESTIMATED.endS };
  await provider().history("DE", ESTIMATED);
  world.clock.advance(800);
  await provider().history("DE", MEASURED);
  world.clock.advance(200);
  await provider().history("DE", ESTIMATED);
  expect(fake.calls).toHaveLength(3);
  // The hour without a figure is asked for each time: it may come.
  await provider().history("DE", day);
  expect(fake.calls).toHaveLength(4);
});

test("neither the token nor anything but figures lies in the cache", async () => {
  const { provider, world } = open();
  await provider().history("DE", MEASURED);
  const file = JSON.parse(textOf(world.stored.get("/cache/electricity-maps/DE/2025-12-31.json")));
  expect(Object.keys(file).sort()).toEqual(["licence", "notes", "points", "resolution", "schema", "source"]);
});

test("a failing source leaves what the cache has, and says so", async () => {
  const { world, provider } = open();
  await provider().history("DE", ESTIMATED);
  world.clock.advance(1_000);
  const broken = { ...world, fetch: fakeFetch({}).fetch };
  const series = await cachedProvider(electricityMaps(broken, "t"), broken, "/cache").history(
    "DE",
    ESTIMATED,
  );
  expect(series.points).toHaveLength(1);
  expect(series.notes.join()).toContain("from the cache");
});

test("offline, the cache serves and no socket is opened; without a cache it is an error", async () => {
  const { world, provider, fake } = open();
  await provider().history("DE", ESTIMATED);
  world.clock.advance(1_000);
  const offline = { ...world, env: { FRUGAL_OFFLINE: "1" } };
  const cached = cachedProvider(electricityMaps(offline, "t"), offline, "/cache");
  expect((await cached.history("DE", ESTIMATED)).notes.join()).toContain("offline");
  await expect(cached.history("FR", ESTIMATED)).rejects.toMatchObject({ code: "network-unavailable" });
  expect(fake.calls).toHaveLength(1);
});

test.each([
  "{",
  "[]",
  '{"schema":"other"}',
  '{"schema":"frugal.intensity-cache/1","points":[[1]]}',
  "null",
  '{"schema":"frugal.intensity-cache/1","points":[]}',
])("a damaged cache file %j is as good as none", async (text) => {
  const { provider, fake } = open({ files: { "/cache/electricity-maps/DE/2025-12-31.json": text } });
  expect((await provider().history("DE", MEASURED)).points).toHaveLength(2);
  expect(fake.calls).toHaveLength(1);
});

test("whichever file call fails, the figures come", async () => {
  for (let call = 1; call <= 8; call++) {
    const { provider } = open({ failAt: { call, code: "EIO" } });
    expect((await provider().history("DE", MEASURED)).points).toHaveLength(2);
  }
});

test("forecasts are kept like the rest", async () => {
  const { provider, fake } = open();
  const range = { startS: at("2026-01-01T02:10Z"), endS: at("2026-01-01T02:20Z") };
  await provider().forecast!("DE", range);
  expect((await provider().forecast!("DE", range)).points).toMatchObject([{ gPerKwh: { value: 90 } }]);
  expect(fake.calls).toHaveLength(1);
});
