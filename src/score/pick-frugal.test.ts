import { expect, test } from "vitest";
import type { Range } from "../receipt/receipt.ts";
import type { ChoiceCandidate } from "./choice-report.ts";
import { pickFrugal } from "./pick-frugal.ts";

const accuracy = { name: "accuracy", better: "higher" } as const;
const errorRate = { name: "word_error_rate", better: "lower" } as const;
const floor = { value: 0.9, source: "test" };

interface Made {
  readonly quality: number;
  readonly energy: number;
  readonly ratio?: Range;
  readonly meets?: boolean;
  readonly size?: number;
}

const made = (id: string, { quality, energy, ratio, meets = true, size }: Made): ChoiceCandidate => ({
  id,
  label: id,
  kind: "test",
  description: id,
  quality: {
    per_seed: [],
    median: { low: quality, value: quality, high: quality },
    method: "none",
    count: 1,
  },
  energy: {
    status: "modelled",
    unit: "1,000 items",
    sources: [],
    repeats: 1,
    per_unit_j: { low: energy, value: energy, high: energy },
  },
  ...(ratio && { relative_energy: { reference: "small", ratio, method: "test" } }),
  ...(size === undefined ? {} : { size_b: size }),
  floor: meets ? "meets" : "misses",
  receipts: [],
  notes: [],
});
const small = made("small", {
  quality: 0.95,
  energy: 1,
  size: 10,
  ratio: { low: 1, value: 1, high: 1 },
});

test("the least energy that meets the floor is picked, and the next one's ratio is said", () => {
  const large = made("large", { quality: 0.94, energy: 30, ratio: { low: 28, value: 31.4, high: 33 } });
  const none = made("none", { quality: 0.5, energy: 0.001, meets: false });
  const { picked, tied, why } = pickFrugal([none, large, small], accuracy, floor);
  expect(picked?.id).toBe("small");
  expect(tied).toEqual([]);
  expect(why).toBe(
    "small does the job (accuracy 95.0 %, floor 90.0 %) with the least energy: large takes 31.4 times as much and is no better (accuracy 94.0 %).",
  );
});

test("a costlier candidate that is better is said to be better", () => {
  const large = made("large", { quality: 0.99, energy: 30, ratio: { low: 28, value: 30, high: 33 } });
  expect(pickFrugal([small, large], accuracy, floor).why).toContain("and is better (accuracy 99.0 %)");
});

test("energies that cannot be told apart are a tie, which quality decides", () => {
  const twin = made("twin", { quality: 0.97, energy: 1.1, ratio: { low: 0.9, value: 1.1, high: 1.3 } });
  const { picked, tied, why } = pickFrugal([small, twin], accuracy, floor);
  expect(picked?.id).toBe("twin");
  expect(tied.map(({ id }) => id)).toEqual(["small", "twin"]);
  expect(why).toMatch(/^It is a tie: .*small and twin.* twin is better/);
});

test("equal quality in a tie leaves the smaller model", () => {
  const twin = made("twin", {
    quality: 0.95,
    energy: 1.1,
    size: 5,
    ratio: { low: 0.9, value: 1.1, high: 1.3 },
  });
  const { picked, why } = pickFrugal([small, twin], accuracy, floor);
  expect(picked?.id).toBe("twin");
  expect(why).toContain("is the smaller");
});

test("a candidate without a ratio to the least is no clear loser", () => {
  const unknown = made("unknown", { quality: 0.91, energy: 50 });
  expect(pickFrugal([small, unknown], accuracy, floor).tied.map(({ id }) => id)).toEqual([
    "small",
    "unknown",
  ]);
});

test("when none meets the floor nothing is picked, and the nearest is named", () => {
  const bad = made("bad", { quality: 0.7, energy: 1, meets: false });
  const worse = made("worse", { quality: 0.6, energy: 0.1, meets: false });
  const { picked, why } = pickFrugal([worse, bad], accuracy, floor);
  expect(picked).toBeUndefined();
  expect(why).toBe("No candidate reaches the floor of 90.0 %; the nearest is bad (accuracy 70.0 %).");
  expect(pickFrugal([], accuracy, floor).why).toBe("No candidate reaches the floor of 90.0 %.");
});

test("of error rates the lower is the better, and a single candidate stands alone", () => {
  const only = made("only", { quality: 0.033, energy: 1 });
  const { picked, why } = pickFrugal([only], errorRate, { value: 0.05, source: "test" });
  expect(picked?.id).toBe("only");
  expect(why).toBe("only does the job (word error rate 3.3 %, floor 5.0 %).");
});
