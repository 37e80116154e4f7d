import { expect, test } from "vitest";
import { byFactor, exactly, within } from "../core/interval.ts";
import { type CarbonIntensity, carbonRecord } from "./build-carbon.ts";
import { canonicalJson } from "./canonical.ts";

const KWH = 3_600_000;
const INTENSITY: CarbonIntensity = {
  gPerKwh: byFactor(100, 2),
  zone: "FR",
  zoneFrom: "flag",
  year: 2025,
  source: "s",
  licence: "l",
  notes: [],
};
const YEAR_S = 31_557_600;

test("what nobody told is left out", () => {
  expect(Object.keys(carbonRecord(exactly(KWH), 1, INTENSITY)).sort()).toEqual(
    ["emissions_g", "intensity_g_per_kwh", "licence", "notes", "source", "year", "zone", "zone_from"].sort(),
  );
});

test("the facility is IT energy × PUE beside the IT figure, never in it", () => {
  const { emissions_g, facility } = carbonRecord(within(2 * KWH, 0.1), 1, {
    ...INTENSITY,
    pue: { value: 1.5, source: "flag" },
  });
  expect(emissions_g.value).toBeCloseTo(200, 9);
  expect(facility).toMatchObject({
    pue: 1.5,
    source: "flag",
    energy_j: { value: expect.closeTo(3 * KWH, 3) },
    emissions_g: { value: expect.closeTo(300, 9) },
  });
  expect(facility?.energy_j.high).toBeCloseTo(3.3 * KWH, 3);
});

test("water is IT energy × WUE, in litres", () => {
  const { water } = carbonRecord(within(2 * KWH, 0.1), 1, {
    ...INTENSITY,
    wue: { value: 0.5, source: "config" },
  });
  expect(water).toMatchObject({
    wue_l_per_kwh: 0.5,
    source: "config",
    water_l: { value: expect.closeTo(1, 12) },
  });
});

test("the market-based figure stands beside the location-based one, and unavailable stays unavailable", () => {
  const market = {
    status: "available",
    intensity_g_per_kwh: exactly(10),
    instruments: [],
    notes: [],
  } as const;
  const record = carbonRecord(within(2 * KWH, 0.1), 1, { ...INTENSITY, market });
  expect(record.emissions_g.value).toBeCloseTo(200, 9);
  expect(record.market).toMatchObject({ emissions_g: { value: expect.closeTo(20, 9) } });
  const none = { status: "unavailable", reason: "no contract data" } as const;
  expect(carbonRecord(exactly(KWH), 1, { ...INTENSITY, market: none }).market).toEqual(none);
});

test("green power that emits nothing gives exactly nothing, market-based", () => {
  const market = {
    status: "available",
    intensity_g_per_kwh: exactly(0),
    instruments: [],
    notes: [],
  } as const;
  expect(carbonRecord(within(KWH, 0.1), 1, { ...INTENSITY, market }).market).toMatchObject({
    emissions_g: { low: 0, value: 0, high: 0 },
  });
});

test("embodied is TE × time ÷ lifespan × share", () => {
  const embodied = {
    status: "available",
    device: "d",
    total_g: byFactor(1_000_000, 2),
    lifespan_years: 4,
    share: 0.5,
    source: "s",
    notes: [],
  } as const;
  const record = carbonRecord(exactly(KWH), YEAR_S / 100, { ...INTENSITY, embodied });
  // 1,000 kg × (0.01 ÷ 4 years) × 0.5.
  expect(record.embodied).toMatchObject({ emissions_g: { low: 625, value: 1_250, high: 2_500 } });
});

test("a whole record has a canonical form: no hole that JSON cannot hold", () => {
  const record = carbonRecord(within(KWH, 0.1), 10, {
    ...INTENSITY,
    resolution: "hour",
    cloudRegion: "aws:eu-west-3",
    market: { status: "unavailable", reason: "no contract data" },
    embodied: { status: "unavailable", reason: "no hardware was named" },
    pue: { value: 1.1, source: "flag" },
    wue: { value: 0.2, source: "flag" },
  });
  expect(JSON.parse(canonicalJson(record))).toEqual(record);
});
