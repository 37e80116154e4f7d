import { expect, test } from "vitest";
import { loadGridData } from "../grid/grid-data.ts";
import { cloudRegion, cloudRegions, findCloudRegion } from "./cloud-region.ts";

test.each(cloudRegions())(
  "$id lies in a zone that the grid data have",
  async ({ zone, otherZone, country, pue }) => {
    const { zones } = await loadGridData(2025);
    expect(zones.has(zone)).toBe(true);
    if (otherZone !== undefined) {
      expect(zones.has(otherZone)).toBe(true);
      expect(otherZone.slice(0, 2)).toBe(country);
    }
    // Below 1 is impossible; above 2 no hyperscale provider publishes.
    if (pue !== undefined) expect(pue.value >= 1 && pue.value < 2).toBe(true);
  },
);

test("no region is listed twice", () => {
  const ids = cloudRegions().map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a region carries zone, country, published PUE and sources", () => {
  expect(findCloudRegion("aws:eu-west-1")).toEqual({
    id: "aws:eu-west-1",
    provider: "aws",
    place: "Ireland",
    zone: "IE",
    country: "IE",
    source: expect.stringContaining("docs.aws.amazon.com"),
    pue: { value: 1.11, source: expect.stringContaining("2024") },
  });
  expect(findCloudRegion("aws:eu-west-3")).not.toHaveProperty("pue");
});

test("case and Azure's display names do not matter", () => {
  expect(findCloudRegion("AWS:EU-West-3")?.zone).toBe("FR");
  expect(findCloudRegion("azure:West Europe")?.zone).toBe("NL");
});

test.each([
  ["aws:eu-west-33", "aws:eu-west-3"],
  ["gcp:europe-wset9", "gcp:europe-west"],
  ["oracle:eu-frankfurt-1", "PROVIDER:REGION"],
  ["aws:", "PROVIDER:REGION"],
])("%s is refused, and the hint says %s", (given, hint) => {
  expect(findCloudRegion(given)).toBeUndefined();
  expect(() => cloudRegion(given)).toThrow(
    expect.objectContaining({ code: "carbon-zone-unknown", remedy: expect.stringContaining(hint) }),
  );
});
