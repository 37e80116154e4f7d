import fc from "fast-check";
import { expect, test } from "vitest";
import { sampleReceipt } from "../../test/support/sample-receipt.ts";
import { within } from "../core/interval.ts";
import type { Reading, SpanEnergy } from "../core/meter.ts";
import { displayWidth } from "./display-width.ts";
import { monitorLine, monitorView } from "./monitor-view.ts";
import { powerSample } from "./power-sample.ts";

const part = (component: "cpu" | "gpu" | "node", joules: number, more: Partial<Reading> = {}): Reading =>
  ({
    kind: "available",
    component,
    boundary: "machine",
    method: "counter",
    source: `${component} counter`,
    joules: within(joules, 0.1),
    coverage: 1,
    notes: [],
    ...more,
  }) as Reading;
const UNREAD: Reading = {
  kind: "unavailable",
  component: "gpu",
  source: "nvml",
  reason: "no driver",
  remedy: "install one",
};

const sampleOf = (readings: readonly Reading[], durationS = 2) => {
  const window: SpanEnergy = {
    name: "interval",
    startedAt: "2026-01-01T00:00:00.000Z",
    durationS,
    readings,
    shared: false,
  };
  return powerSample(window, { ...sampleReceipt(), duration_s: 125 }, "2026-01-01T00:02:05.000Z");
};
const FACTS = { intervalS: 2, history: [10, 40, 20], columns: 79, rows: 24 };
const textOf = (...args: Parameters<typeof monitorView>) => monitorView(...args).map(({ text }) => text);

test("power is energy of the interval ÷ its length, for the whole and for each part", () => {
  const { power_w, unattributed_w, parts } = sampleOf([part("cpu", 60), part("node", 100), UNREAD]);
  expect(power_w).toEqual({ low: 45, value: 50, high: 55 });
  expect(unattributed_w?.value).toBe(20);
  expect(parts.map((each) => (each.status === "unavailable" ? each.reason : each.power_w.value))).toEqual([
    30,
    50,
    "no driver",
  ]);
});

test("an interval without length has no power of infinity", () => {
  expect(sampleOf([part("cpu", 0)], 0).power_w).toEqual({ low: 0, value: 0, high: 0 });
});

test("the view shows power by component, what is so far, history and what is not counted", () => {
  expect(textOf(sampleOf([part("cpu", 60), part("node", 100), UNREAD]), FACTS)).toEqual([
    "frugal monitor  2 min 05 s  every 2 s  Ctrl+C ends it",
    "power     50 W (45 W … 55 W)            measured, node counter",
    "  cpu     30 W (27 W … 33 W)            cpu counter",
    "  rest    20 W (14.2 W … 25.8 W)        unattributed: node less its parts",
    expect.stringMatching(/^energy .* so far$/),
    expect.stringMatching(/^carbon .* zone FR/),
    "history   ▃█▅",
    "          last 6 s: mean 23.3 W, peak 40 W",
    "gpu not read: no driver",
  ]);
});

test("models are called so, and the doctor is named", () => {
  const lines = textOf(sampleOf([part("cpu", 60, { method: "modelled", notes: ["a doubt"] })]), FACTS);
  const notes = lines.slice(lines.findIndex((line) => line.includes("peak")) + 1);
  expect(notes[0]).toBe("cpu modelled, no counter: see frugal doctor");
  expect(notes.at(-1)).toBe("cpu: a doubt");
});

test("nothing read is not zero", () => {
  const sample = sampleOf([UNREAD]);
  expect(textOf(sample, FACTS)[1]).toBe("power     unavailable");
  expect(monitorLine(sample)).toContain("power unavailable");
});

test("a line for a log holds time, power with interval, energy and carbon", () => {
  expect(monitorLine(sampleOf([part("cpu", 60)]))).toMatch(
    /^2 min 05 s {2}30 W \(27 W … 33 W\) measured {2}\S+ mWh {2}\S+ µgCO2e$/,
  );
});

test("whatever it says, it is no wider and no higher than the terminal", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 200 });
  fc.assert(
    fc.property(
      fc.integer({ min: 20, max: 200 }),
      fc.integer({ min: 10, max: 60 }),
      fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { maxLength: 300 }),
      text,
      (columns, rows, history, words) => {
        const sample = sampleOf([
          part("cpu", 1e9 / 7, { source: words, notes: [words, `${words}!`] }),
          UNREAD,
        ]);
        const lines = textOf(sample, { ...FACTS, history, columns, rows });
        expect(lines.filter((line) => displayWidth(line) > columns || /\p{Control}/u.test(line))).toEqual([]);
        expect(lines.length).toBeLessThan(rows);
      },
    ),
  );
});
