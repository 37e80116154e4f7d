import fc from "fast-check";
import { expect, test } from "vitest";
import { byFactor, exactly, type Interval, product, scale, within } from "../../core/interval.ts";
import { JOULES_PER_KWH } from "../../core/quantity.ts";
import { integrateEmissions, meanIntensity } from "./integrate-emissions.ts";
import type { IntensityPoint } from "./live/intensity-provider.ts";

const HOUR = 3_600;
const GAP = byFactor(300, 2);
const kwh = (value: number): Interval => exactly(value * JOULES_PER_KWH);
const hours = (...values: number[]): IntensityPoint[] =>
  values.map((value, at) => ({
    startS: at * HOUR,
    endS: (at + 1) * HOUR,
    gPerKwh: within(value, 0.1),
    estimated: false,
  }));

/** A day of hourly figures, some missing. */
const series = fc
  .array(fc.option(fc.double({ min: 1, max: 1_000, noNaN: true }), { nil: undefined }), {
    minLength: 1,
    maxLength: 24,
  })
  .map((values) => hours(...values.map((value) => value ?? -1)).filter(({ gPerKwh }) => gPerKwh.value > 0));
const energy = fc
  .record({
    joules: fc.double({ min: 0, max: 1e9, noNaN: true }),
    width: fc.double({ min: 0, max: 0.9, noNaN: true }),
  })
  .map(({ joules, width }) => within(joules, width));
const slice = fc
  .record({
    startS: fc.integer({ min: 0, max: 80_000 }),
    lengthS: fc.integer({ min: 2, max: 50_000 }),
    joules: energy,
  })
  .map(({ startS, lengthS, joules }) => ({ startS, endS: startS + lengthS, joules }));

function expectClose(a: Interval, b: Interval): void {
  const size = Math.max(1e-12, Math.abs(b.high));
  for (const end of ["low", "value", "high"] as const)
    expect(Math.abs(a[end] - b[end]) / size).toBeLessThan(1e-9);
}

test("a run over two hours meets both figures, each for its part", () => {
  const run = [{ startS: HOUR / 2, endS: 2 * HOUR, joules: kwh(3) }];
  const { grams, gPerKwh, covered } = integrateEmissions(run, hours(100, 400), GAP);
  // 1 kWh at 100 and 2 kWh at 400.
  expect(grams.value).toBeCloseTo(900, 9);
  expect(gPerKwh.value).toBeCloseTo(300, 9);
  expect(covered).toBeCloseTo(1, 12);
});

test("constant intensity is the plain product", () => {
  fc.assert(
    fc.property(slice, fc.double({ min: 1, max: 1_000, noNaN: true }), (run, value) => {
      const { grams } = integrateEmissions([run], hours(...Array<number>(40).fill(value)), GAP);
      expectClose(grams, product(scale(run.joules, 1 / JOULES_PER_KWH), within(value, 0.1)));
    }),
  );
});

test("a run cut in two emits what the whole does, ends of the interval included", () => {
  fc.assert(
    fc.property(slice, series, fc.double({ min: 0, max: 1, noNaN: true }), (run, points, part) => {
      const cutS = run.startS + Math.round((run.endS - run.startS) * part);
      const share = (cutS - run.startS) / (run.endS - run.startS);
      const halves = [
        { ...run, endS: cutS, joules: scale(run.joules, share) },
        { ...run, startS: cutS, joules: scale(run.joules, 1 - share) },
      ];
      const whole = integrateEmissions([run], points, GAP);
      const cut = integrateEmissions(halves, points, GAP);
      expectClose(cut.grams, whole.grams);
    }),
  );
});

test("emissions grow with energy in proportion", () => {
  fc.assert(
    fc.property(slice, series, fc.double({ min: 0, max: 1_000, noNaN: true }), (run, points, factor) => {
      const once = integrateEmissions([run], points, GAP).grams;
      const more = integrateEmissions([{ ...run, joules: scale(run.joules, factor) }], points, GAP).grams;
      expectClose(more, scale(once, factor));
    }),
  );
});

test("the mean intensity lies between the lowest and the highest figure, and times energy gives the emissions", () => {
  fc.assert(
    fc.property(fc.array(slice, { minLength: 1, maxLength: 5 }), series, (runs, points) => {
      const { grams, gPerKwh, covered } = integrateEmissions(runs, points, GAP);
      const values = [...points.map((point) => point.gPerKwh.value), GAP.value];
      expect(gPerKwh.value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
      expect(gPerKwh.value).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
      const total = runs.reduce((sum, run) => sum + run.joules.value, 0) / JOULES_PER_KWH;
      expect(Math.abs(grams.value - total * gPerKwh.value)).toBeLessThanOrEqual(
        1e-9 * Math.max(1, grams.value),
      );
      expect(covered >= 0 && covered <= 1 + 1e-9).toBe(true);
    }),
  );
});

test("gaps take the yearly mean with its width, and covered says how much was known", () => {
  const points = hours(100, 400).slice(1);
  const { gPerKwh, covered } = meanIntensity({ startS: 0, endS: 4 * HOUR }, points, GAP);
  expect(covered).toBeCloseTo(0.25, 12);
  expect(gPerKwh.value).toBeCloseTo((400 + 3 * 300) / 4, 9);
  expect(gPerKwh.high).toBeCloseTo((440 + 3 * 600) / 4, 9);
  expect(meanIntensity({ startS: 0, endS: HOUR }, [], GAP)).toMatchObject({ gPerKwh: GAP, covered: 0 });
});

test("points out of order and overlapping count each moment once", () => {
  const points = hours(100, 400);
  const twice = [
    points[1]!,
    points[0]!,
    { ...points[0]!, startS: 1_800, endS: 5_400, gPerKwh: exactly(9_999) },
  ];
  expect(meanIntensity({ startS: 0, endS: 2 * HOUR }, twice, GAP).gPerKwh.value).toBeCloseTo(250, 9);
});

test("a moment without length takes the figure of its second", () => {
  expect(meanIntensity({ startS: HOUR, endS: HOUR }, hours(100, 400), GAP).grams.value).toBe(0);
  const spike = [{ startS: HOUR, endS: HOUR, joules: kwh(1) }];
  expect(integrateEmissions(spike, hours(100, 400), GAP)).toMatchObject({
    gPerKwh: { value: 400 },
    covered: 1,
  });
});

test.each([
  [{ startS: 0, endS: 1, joules: { low: -1, value: 0, high: 1 } }],
  [{ startS: 0, endS: 1, joules: exactly(Number.NaN) }],
  [{ startS: 0, endS: 1, joules: exactly(Number.POSITIVE_INFINITY) }],
  [{ startS: 1, endS: 0, joules: exactly(1) }],
  [{ startS: Number.NaN, endS: 0, joules: exactly(1) }],
])("what no meter gives is refused: %j", (run) => {
  expect(() => integrateEmissions([run], [], GAP)).toThrow(expect.objectContaining({ code: "bad-data" }));
});
