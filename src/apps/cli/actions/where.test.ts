import { expect, test } from "vitest";
import { fakeWorld } from "../../../../test/support/fake-world.ts";
import { main } from "../main.ts";

async function frugal(...argv: string[]) {
  const world = fakeWorld();
  const code = await main(world, argv);
  return { code, out: world.out(), err: world.err() };
}

test("places stand in order with interval, intensity, tie, year and source; the rest goes to stderr", async () => {
  const { code, out, err } = await frugal("where", "--energy", "5kWh", "--zones", "DE,US-CAL-CISO,FR");
  expect(code).toBe(0);
  expect(out).toBe(
    [
      "FR           155 gCO2e    (77.5 gCO2e … 310 gCO2e)   31 g/kWh   lowest                 2025  Electricity Maps yearly averages, through @tgwf/co2 0.19",
      "US-CAL-CISO  1.04 kgCO2e  (520 gCO2e … 2.08 kgCO2e)  208 g/kWh  ties with DE           2025  Electricity Maps yearly averages, through @tgwf/co2 0.19",
      "DE           1.71 kgCO2e  (855 gCO2e … 3.42 kgCO2e)  342 g/kWh  ties with US-CAL-CISO  2025  Electricity Maps yearly averages, through @tgwf/co2 0.19",
      "",
    ].join("\n"),
  );
  expect(err).toContain("5 kWh, IT energy, location-based");
  expect(err).toContain("all: a yearly average");
});

test("--json carries every figure with its unit in the key", async () => {
  const { out, err } = await frugal(
    "where",
    "--energy",
    "1 MJ",
    "--zones",
    "aws:eu-west-1",
    "--pue",
    "1.2",
    "--json",
  );
  expect(err).toBe("");
  expect(JSON.parse(out)).toMatchObject({
    energy_j: 1_000_000,
    at: "2026-01-01T00:00:00.000Z",
    basis: "facility",
    places: [
      {
        place: "aws:eu-west-1",
        zone: "IE",
        cloud_region: "aws:eu-west-1",
        pue: { value: 1.2, source: "flag" },
        intensity_g_per_kwh: { value: 301 },
        year: 2025,
        licence: "ODbL 1.0",
        ties_with: [],
      },
    ],
  });
});

test("places that tie are not called lowest", async () => {
  const { out } = await frugal("where", "--energy", "1kWh", "--zones", "FR,SE", "--at", "2024-02-01");
  expect(out).toContain("ties with");
  expect(out).not.toContain("lowest");
});

test.each([
  [["--energy", "5", "--zones", "FR"], "unit is missing"],
  [["--energy", "-1kWh", "--zones", "FR"], "more than 0"],
  [["--energy", "5kWh", "--zones", "FRN"], "did you mean"],
  [["--energy", "5kWh", "--zones", "FR,,DE"], "--zones"],
  [["--energy", "5kWh", "--zones", "aws:eu-west-9"], "did you mean"],
  [["--energy", "5kWh", "--zones", "FR", "--at", "noon"], "--at"],
  [["--energy", "5kWh", "--zones", "FR", "--pue", "0.9"], "from 1 up"],
  [["--energy", "5kWh", "--zones", "FR", "--pue", "NaN"], "from 1 up"],
  [["--zones", "FR"], "neither --energy nor --receipt"],
  [["--energy", "5kWh", "--receipt", "ab", "--zones", "FR"], "both given"],
])("%j is refused: %s", async (args, words) => {
  const { code, out, err } = await frugal("where", ...args);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(words);
  expect(err).toContain("hint:");
});
