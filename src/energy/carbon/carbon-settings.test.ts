import { expect, test } from "vitest";
import { liveChoice, marketTermsOf, pueOf, wueOf } from "./carbon-settings.ts";

test("the flag wins over the environment, which wins over the config; the source is kept", () => {
  const env = { FRUGAL_PUE: "1.3", FRUGAL_WUE: "0.4" };
  expect(pueOf({ pue: 1.1 }, env, { pue: 1.5 })).toEqual({ value: 1.1, source: "flag" });
  expect(pueOf({}, env, { pue: 1.5 })).toEqual({ value: 1.3, source: "environment" });
  expect(pueOf({}, {}, { pue: 1.5 })).toEqual({ value: 1.5, source: "config" });
  expect(pueOf({}, { FRUGAL_PUE: "" }, {})).toBeUndefined();
  expect(wueOf({ wue: 0 }, env, {})).toEqual({ value: 0, source: "flag" });
});

test.each(["0.5", "NaN", "x", "Infinity", " ", "-1"])("FRUGAL_PUE=%j is refused", (text) => {
  expect(() => pueOf({}, { FRUGAL_PUE: text }, {})).toThrow(expect.objectContaining({ code: "bad-option" }));
});

test("a supplier's factor on the command line covers all, and keeps the config's residual mix", () => {
  const residualMix = { gPerKwh: 450, source: "AIB 2025" };
  const market = { instruments: [{ kind: "contract", g_per_kwh: 0, share: 0.2 }], residualMix } as const;
  expect(marketTermsOf({}, { market })).toBe(market);
  expect(marketTermsOf({ supplierFactor: 42 }, { market })).toEqual({
    instruments: [{ kind: "supplier", g_per_kwh: 42, share: 1, reference: "flag" }],
    residualMix,
  });
});

const TOKEN = { ELECTRICITYMAPS_API_TOKEN: "t" };
test.each([
  [{}, {}, undefined],
  [TOKEN, {}, { source: "electricity-maps", token: "t" }],
  [{}, { electricityMapsToken: "c" }, { source: "electricity-maps", token: "c" }],
  [{ ...TOKEN, FRUGAL_LIVE: "off" }, {}, undefined],
  [{ ...TOKEN, FRUGAL_LIVE: "uk" }, {}, { source: "uk" }],
  [TOKEN, { live: "off" }, undefined],
  [
    { ...TOKEN, FRUGAL_LIVE: "electricity-maps" },
    { live: "off" },
    { source: "electricity-maps", token: "t" },
  ],
] as const)("environment %j and config %j choose %j", (env, config, choice) => {
  expect(liveChoice(env, config)).toEqual(choice);
});

test.each([
  [{ FRUGAL_LIVE: "watttime" }, "no such source"],
  [{ FRUGAL_LIVE: "electricity-maps" }, "no token"],
])("%j is refused: %s", (env, why) => {
  expect(() => liveChoice(env, {})).toThrow(
    expect.objectContaining({ code: "bad-option", why: expect.stringContaining(why) }),
  );
});
