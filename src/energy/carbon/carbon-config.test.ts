import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { readCarbonConfig } from "./carbon-config.ts";

const PATH = "/home/fake/.local/share/frugal/config.json";
const read = (config: unknown) => {
  const text = typeof config === "string" ? config : JSON.stringify(config);
  return readCarbonConfig(fakeWorld({ files: { [PATH]: text } }));
};

test("no file, no settings", async () => {
  expect(await readCarbonConfig(fakeWorld())).toEqual({});
});

test("every key that docs/carbon.md lists is read", async () => {
  const config = await read({
    zone: "FR",
    cloud: "aws:eu-west-3",
    ledger: "another feature's key",
    carbon: {
      live: "electricity-maps",
      electricity_maps_token: "t",
      pue: 1.2,
      wue_l_per_kwh: 0.3,
      market: {
        instruments: [
          { kind: "contract", g_per_kwh: 12, share: 0.6, vintage: 2026, reference: "PPA 7" },
          { kind: "supplier", g_per_kwh: 50, share: 0.4 },
        ],
        residual_mix: { g_per_kwh: 450, source: "AIB 2025" },
      },
      hardware: { device: "dell-poweredge-r740", share: 0.5, lifespan_years: 6 },
    },
  });
  expect(config).toEqual({
    zone: "FR",
    cloud: "aws:eu-west-3",
    live: "electricity-maps",
    electricityMapsToken: "t",
    pue: 1.2,
    wue: 0.3,
    market: {
      instruments: [
        { kind: "contract", g_per_kwh: 12, share: 0.6, vintage: 2026, reference: "PPA 7" },
        { kind: "supplier", g_per_kwh: 50, share: 0.4 },
      ],
      residualMix: { gPerKwh: 450, source: "AIB 2025" },
    },
    hardware: { device: "dell-poweredge-r740", share: 0.5, lifespanYears: 6 },
  });
});

test.each([
  ["{", "not JSON"],
  ["[]", "it is not an object"],
  ["null", "it is not an object"],
  [{ zone: 3 }, "zone is not a text"],
  [{ zone: "" }, "zone is not a text"],
  [{ carbon: [] }, "carbon is not an object"],
  [{ carbon: { puee: 1.2 } }, "carbon.puee is not known"],
  [{ carbon: { pue: 0.9 } }, "carbon.pue is not a number from 1 up"],
  [{ carbon: { pue: "1.2" } }, "carbon.pue is not a number"],
  [{ carbon: { wue_l_per_kwh: -1 } }, "carbon.wue_l_per_kwh"],
  [{ carbon: { live: "wattime" } }, "carbon.live is not one of electricity-maps, uk, off"],
  [{ carbon: { market: { instruments: {} } } }, "carbon.market.instruments is not a list"],
  [
    { carbon: { market: { instruments: [{ g_per_kwh: 1 }] } } },
    "carbon.market.instruments[0].kind is missing",
  ],
  [{ carbon: { market: { instruments: [{ kind: "supplier" }] } } }, "instruments[0].g_per_kwh is missing"],
  [{ carbon: { market: { instruments: [{ kind: "offset", g_per_kwh: 0 }] } } }, "is not one of certificate"],
  [
    {
      carbon: {
        market: {
          instruments: [
            { kind: "supplier", g_per_kwh: 1 },
            { kind: "contract", g_per_kwh: 1, share: 0.1 },
          ],
        },
      },
    },
    "more than all of it",
  ],
  [{ carbon: { market: { residual_mix: { g_per_kwh: 450 } } } }, "needs g_per_kwh and source"],
  [{ carbon: { hardware: {} } }, "carbon.hardware.device or embodied_kg is needed"],
  [{ carbon: { hardware: { embodied_kg: 900 } } }, "lifespan_years is needed"],
  [
    { carbon: { hardware: { device: "x", share: 1.5 } } },
    "carbon.hardware.share is not a number from 0 to 1",
  ],
  [{ carbon: { hardware: { embodied_kg: 1, lifespan_years: 0 } } }, "lifespan_years"],
])("%j is refused by name: %s", async (config, why) => {
  await expect(read(config)).rejects.toMatchObject({
    code: "bad-data",
    what: PATH,
    why: expect.stringContaining(why),
  });
});

test("a config that cannot be read is an error, not an unknown place", async () => {
  const world = fakeWorld({ files: { [PATH]: "{}" }, failAt: { call: 1, code: "EACCES" } });
  await expect(readCarbonConfig(world)).rejects.toMatchObject({ code: "file-unreadable" });
});
