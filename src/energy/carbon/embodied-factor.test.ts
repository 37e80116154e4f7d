import { expect, test } from "vitest";
import { embodiedDevices, embodiedFactor } from "./embodied-factor.ts";

test.each(embodiedDevices())(
  "$id is published, dated and plausible",
  ({ embodiedKg, lifespanYears, published, source }) => {
    expect(embodiedKg).toBeGreaterThan(50);
    expect(embodiedKg).toBeLessThan(10_000);
    if (lifespanYears !== undefined) expect(lifespanYears >= 3 && lifespanYears <= 5).toBe(true);
    expect(published).toMatch(/^20\d\d(-\d\d)?$/);
    expect(source).toMatch(/^https:\/\//);
  },
);

test("the embodied part of a published footprint is what remains without use", () => {
  // Dell, carbon footprint of the PowerEdge R740, January 2019: 8,640 kg, 84.3 % of it use.
  expect(embodiedFactor({ device: "Dell-PowerEdge-R740" })).toMatchObject({
    status: "available",
    device: "PowerEdge R740",
    total_g: { value: 8_640_000 * (1 - 0.843) },
    lifespan_years: 4,
    share: 1,
    notes: ["the whole device is counted"],
  });
});

test("the user's own figure wins and is named as such", () => {
  expect(
    embodiedFactor({ device: "our node", embodiedKg: 1_500, lifespanYears: 6, share: 0.25 }),
  ).toMatchObject({
    device: "our node",
    total_g: { value: 1_500_000 },
    lifespan_years: 6,
    share: 0.25,
    source: "the user's own figure",
    notes: [],
  });
});

test("a footprint that states no lifespan needs the user's", () => {
  expect(embodiedFactor({ device: "nvidia-hgx-h100" })).toMatchObject({
    status: "unavailable",
    reason: expect.stringContaining("lifespan"),
  });
  expect(embodiedFactor({ device: "nvidia-hgx-h100", lifespanYears: 5, share: 1 / 8 })).toMatchObject({
    status: "available",
    total_g: { value: 1_312_000 },
  });
});

test("a device that the table lacks is refused with near ones", () => {
  expect(() => embodiedFactor({ device: "dell-poweredge-r750" })).toThrow(
    expect.objectContaining({ code: "bad-data", remedy: expect.stringContaining("dell-poweredge-r740") }),
  );
});
