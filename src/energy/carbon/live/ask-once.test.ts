import { expect, test } from "vitest";
import { fakeFetch } from "../../../../test/support/fake-fetch.ts";
import { fakeWorld } from "../../../../test/support/fake-world.ts";
import { EM_HISTORY, UK_RANGE } from "../../../../test/support/live-answers.ts";
import { aborted } from "../../../core/error.ts";
import { askOnce } from "./ask-once.ts";
import { electricityMaps } from "./electricity-maps.ts";
import { ukCarbonIntensity } from "./uk-carbon-intensity.ts";

const at = (iso: string): number => Date.parse(iso) / 1_000;
const between = (from: string, to: string) => ({ startS: at(from), endS: at(to) });
/** Nothing is kept but by what is tested: there is no cache on disk here. */
function open(fake = fakeFetch({ "carbon-intensity/history": { body: EM_HISTORY } })) {
  const world = { ...fakeWorld(), fetch: fake.fetch };
  return { world, fake, provider: askOnce(electricityMaps(world, "t"), world.clock) };
}

test("short runs of one hour ask once per zone, each with the figure of its time", async () => {
  const { provider, fake } = open();
  const runs = ["21:00", "21:20", "21:59"].map((time) =>
    provider.history("DE", between(`2025-12-31T${time}Z`, `2025-12-31T${time}:30Z`)),
  );
  for (const { points } of await Promise.all(runs))
    expect(points.map(({ gPerKwh }) => gPerKwh.value)).toEqual([400]);
  expect(fake.calls).toHaveLength(1);
  await provider.history("FR", between("2025-12-31T21:00Z", "2025-12-31T21:01Z"));
  const next = await provider.history("DE", between("2025-12-31T22:00Z", "2025-12-31T22:01Z"));
  expect(next.points.map(({ gPerKwh }) => gPerKwh.value)).toEqual([200]);
  expect(fake.calls).toHaveLength(3);
});

test("a source by the half-hour is asked for each of them", async () => {
  const fake = fakeFetch({ "api.carbonintensity": { body: UK_RANGE } });
  const world = { ...fakeWorld(), fetch: fake.fetch };
  const provider = askOnce(ukCarbonIntensity(world), world.clock);
  for (const time of ["22:00", "22:10", "22:40", "22:50"])
    await provider.history("GB", between(`2025-12-31T${time}Z`, `2025-12-31T${time}:05Z`));
  expect(fake.calls).toHaveLength(2);
});

test("an hour without a figure, and a source that fails, are asked again after a quarter of an hour", async () => {
  const range = between("2025-12-31T23:10Z", "2025-12-31T23:20Z");
  const { provider, fake, world } = open();
  for (let run = 0; run < 3; run++) expect((await provider.history("DE", range)).points).toEqual([]);
  expect(fake.calls).toHaveLength(1);
  world.clock.advance(900);
  await provider.history("DE", range);
  expect(fake.calls).toHaveLength(2);

  const broken = open(fakeFetch({}));
  for (let run = 0; run < 3; run++)
    await expect(broken.provider.history("DE", range)).rejects.toMatchObject({ code: "network-unavailable" });
  expect(broken.fake.calls).toHaveLength(1);
});

test("who is stopped while the source is silent takes the answer from nobody else", async () => {
  const range = between("2025-12-31T21:10Z", "2025-12-31T21:20Z");
  let isSilent = true;
  const { provider, fake } = open(
    fakeFetch({ "carbon-intensity/history": () => (isSilent ? { silent: true } : { body: EM_HISTORY }) }),
  );
  const stop = new AbortController();
  const first = provider.history("DE", range, stop.signal);
  const second = provider.history("DE", range);
  isSilent = false;
  stop.abort(aborted("the run"));
  await expect(first).rejects.toMatchObject({ code: "aborted" });
  expect((await second).points).toHaveLength(1);
  expect(fake.calls).toHaveLength(2);
});
