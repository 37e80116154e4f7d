import { expect, test } from "vitest";
import { byFactor } from "../../core/interval.ts";
import { marketFactor } from "./market-factor.ts";

const GRID = byFactor(400, 2);
const residualMix = { gPerKwh: 500, source: "AIB, European residual mixes 2025" };

test.each([undefined, { instruments: [] }])(
  "without contract data %j the figure is unavailable, not the grid's",
  (terms) => {
    expect(marketFactor(terms, GRID, 2026)).toEqual({ status: "unavailable", reason: "no contract data" });
  },
);

test("contracts over the whole consumption give their weighted factor, exactly", () => {
  const terms = {
    instruments: [
      { kind: "supplier", g_per_kwh: 100, share: 0.7, vintage: 2026 },
      { kind: "certificate", g_per_kwh: 0, share: 0.3, vintage: 2026 },
    ],
  } as const;
  const factor = marketFactor(terms, GRID, 2026);
  expect(factor).toMatchObject({ status: "available", notes: [] });
  if (factor.status !== "available") throw new Error("unavailable");
  expect(factor.intensity_g_per_kwh).toEqual({ low: 70, value: 70, high: 70 });
  expect(factor).not.toHaveProperty("remainder");
  // Certificates first: the order of the guidance, whatever the order in the file.
  expect(factor.instruments.map(({ kind }) => kind)).toEqual(["certificate", "supplier"]);
});

test("the rest takes the residual mix", () => {
  const terms = {
    instruments: [{ kind: "contract", g_per_kwh: 10, share: 0.5, vintage: 2026 }],
    residualMix,
  } as const;
  expect(marketFactor(terms, GRID, 2026)).toMatchObject({
    intensity_g_per_kwh: { low: 255, value: 255, high: 255 },
    remainder: { basis: "residual-mix", share: 0.5, g_per_kwh: 500 },
    notes: [expect.stringContaining("AIB")],
  });
});

test("a residual mix alone is a market-based figure: whoever has no contract buys what is left", () => {
  expect(marketFactor({ instruments: [], residualMix }, GRID, 2026)).toMatchObject({
    intensity_g_per_kwh: { value: 500 },
  });
});

test("without a residual mix the rest takes the grid's average with its interval, and says so", () => {
  const terms = { instruments: [{ kind: "contract", g_per_kwh: 0, share: 0.5, vintage: 2026 }] } as const;
  const factor = marketFactor(terms, GRID, 2026);
  expect(factor).toMatchObject({
    intensity_g_per_kwh: { low: 100, value: 200, high: 400 },
    remainder: { basis: "grid-average", share: 0.5 },
  });
  expect(JSON.stringify(factor)).toContain("no residual mix");
});

test.each([
  [undefined, "states no vintage"],
  [2024, "is of 2024, the consumption of 2026"],
])("vintage %s against 2026 is noted: %s", (vintage, note) => {
  const instrument = { kind: "certificate", g_per_kwh: 0, share: 1, ...(vintage && { vintage }) } as const;
  expect(marketFactor({ instruments: [instrument] }, GRID, 2026)).toMatchObject({
    notes: [expect.stringContaining(note)],
  });
});

test("shares written in decimals that make a whole leave nothing", () => {
  const part = (share: number) => ({ kind: "supplier", g_per_kwh: 10, share, vintage: 2026 }) as const;
  expect(marketFactor({ instruments: [part(0.1), part(0.2), part(0.7)] }, GRID, 2026)).not.toHaveProperty(
    "remainder",
  );
});
