import { expect, test } from "vitest";
import { fakeWorld } from "../../../../test/support/fake-world.ts";
import { main } from "../main.ts";

async function frugal(...argv: string[]) {
  const world = fakeWorld();
  const code = await main(world, argv);
  return { code, out: world.out(), err: world.err() };
}

test("a search finds zones and cloud regions", async () => {
  const { code, out } = await frugal("zones", "ireland");
  expect(code).toBe(0);
  expect(out.split("\n").map((line) => line.split(/ {2,}/)[0])).toEqual([
    "GB-NIR", "IE", "aws:eu-west-1", "azure:northeurope", "",
  ]); // biome-ignore format: one list
});

test("a search of several words needs no quotes", async () => {
  expect((await frugal("zones", "south korea")).out).toMatch(/^KR +South Korea/);
});

test("--json lists all with licence and year", async () => {
  const { out } = await frugal("zones", "--json");
  const { zones, cloud_regions } = JSON.parse(out);
  expect(zones.length).toBeGreaterThan(360);
  expect(zones.find(({ zone }: { zone: string }) => zone === "FR")).toEqual({
    zone: "FR",
    name: "France",
    intensity_g_per_kwh: 31,
    year: 2025,
    source: expect.stringContaining("Electricity Maps"),
    licence: "ODbL 1.0",
  });
  expect(cloud_regions.length).toBeGreaterThan(140);
});

test("nothing found is a no: exit 1", async () => {
  const { code, out, err } = await frugal("zones", "atlantis");
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("hint:");
});
