import { expect, test } from "vitest";
import { fakeFetch } from "../../../../test/support/fake-fetch.ts";
import { fakeWorld } from "../../../../test/support/fake-world.ts";
import { EM_FORECAST, EM_HISTORY, EM_LATEST, EM_PAST_RANGE } from "../../../../test/support/live-answers.ts";
import { electricityMaps } from "./electricity-maps.ts";

const at = (iso: string): number => Date.parse(iso) / 1_000;
const range = (start: string, end: string) => ({ startS: at(start), endS: at(end) });

function provider(answers: Parameters<typeof fakeFetch>[0]) {
  const fake = fakeFetch(answers);
  return { ...electricityMaps({ ...fakeWorld(), fetch: fake.fetch }, "a-token"), fake };
}

test("the token goes into a header and nowhere else", async () => {
  const { latest, fake } = provider({ latest: { body: EM_LATEST } });
  expect(await latest("DE")).toMatchObject({
    points: [
      {
        startS: at("2026-01-01T00:00Z"),
        endS: at("2026-01-01T01:00Z"),
        gPerKwh: { value: 310 },
        estimated: true,
      },
    ],
    resolution: "hour",
  });
  expect(fake.lastHeaders()).toMatchObject({ "auth-token": "a-token" });
  expect(fake.calls).toEqual(["GET https://api.electricitymaps.com/v3/carbon-intensity/latest?zone=DE"]);
});

test("the last day comes from the history that every plan has; an hour without a figure is a gap", async () => {
  const { history, fake } = provider({ "carbon-intensity/history": { body: EM_HISTORY } });
  const { points } = await history("DE", range("2025-12-31T22:30Z", "2026-01-01T00:30Z"));
  expect(points.map(({ gPerKwh, estimated }) => [gPerKwh.value, estimated])).toEqual([
    [200, false],
    [300, true],
  ]);
  // An estimate is known less well.
  expect(points[1]!.gPerKwh.high / 300).toBeGreaterThan(points[0]!.gPerKwh.high / 200);
  expect(fake.calls).toHaveLength(1);
});

test("older ranges come from past-range, whole hours of at most ten days at a time", async () => {
  const { history, fake } = provider({ "past-range": { body: EM_PAST_RANGE } });
  const { points } = await history("DE", range("2025-06-01T10:30Z", "2025-06-21T11:30Z"));
  expect(points.map(({ gPerKwh }) => gPerKwh.value)).toEqual([100, 140]);
  const asked = fake.calls.map((call) => Object.fromEntries(new URL(call.slice(4)).searchParams));
  expect(asked).toEqual([
    { zone: "DE", start: "2025-06-01T10:00:00.000Z", end: "2025-06-11T10:00:00.000Z" },
    { zone: "DE", start: "2025-06-11T10:00:00.000Z", end: "2025-06-21T10:00:00.000Z" },
    { zone: "DE", start: "2025-06-21T10:00:00.000Z", end: "2025-06-21T12:00:00.000Z" },
  ]);
});

test("a forecast is an estimate", async () => {
  const { forecast } = provider({ forecast: { body: EM_FORECAST } });
  const series = await forecast!("DE", range("2026-01-01T02:15Z", "2026-01-01T02:45Z"));
  expect(series.points).toMatchObject([{ gPerKwh: { value: 90 }, estimated: true }]);
});

test.each([
  ["not JSON", "<html>"],
  ["a list", []],
  ["no history", { zone: "DE" }],
  ["text for a number", { history: [{ datetime: "2026-01-01T00:00:00Z", carbonIntensity: "300" }] }],
  ["a negative figure", { history: [{ datetime: "2026-01-01T00:00:00Z", carbonIntensity: -5 }] }],
  ["no time", { history: [{ carbonIntensity: 300 }] }],
  ["nonsense for a time", { history: [{ datetime: "yesterday", carbonIntensity: 300 }] }],
  ["entries that are no objects", { history: [3] }],
])("an answer of another shape (%s) is refused whole", async (_, body) => {
  const { history } = provider({ "carbon-intensity/history": { body } });
  const asked = history("DE", range("2025-12-31T23:30Z", "2026-01-01T00:00Z"));
  await expect(asked).rejects.toMatchObject({ code: "carbon-source-failed" });
});

test("it is asked about its own zones only", () => {
  const { covers } = provider({});
  expect(["DE", "US-CAL-CISO", "WORLD", "CHL"].map(covers)).toEqual([true, true, false, false]);
});
