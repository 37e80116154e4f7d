import fc from "fast-check";
import { expect, test } from "vitest";
import { dataset } from "../../../test/support/datasets.ts";
import { leaks } from "./dataset-facts.ts";
import type { Dataset } from "./open-dataset.ts";
import { splitDataset } from "./split-dataset.ts";

const rows = fc.array(
  fc.record({ text: fc.constantFrom(..."abcdefghij", "A", " b "), label: fc.constantFrom("x", "y") }),
  { minLength: 2, maxLength: 60 },
);
const classified = (examples: readonly { text: string; label: string }[]): Dataset =>
  dataset({ kind: "classification", examples });

test("every example lies in one part, copies in the same one, whatever the order they come in", () => {
  fc.assert(
    fc.property(rows, fc.integer(), (examples, seed) => {
      fc.pre(new Set(examples.map(({ text }) => text.trim().toLowerCase())).size > 2);
      const data = classified(examples);
      const { train, validation } = splitDataset(data, { seed, share: 0.3 });
      expect([...train.places, ...validation.places].sort((a, b) => a - b)).toEqual(data.places);
      expect(validation.examples.length).toBeGreaterThan(0);
      expect(leaks(train, validation).count).toBe(0);
      expect(train.sha256).not.toBe(validation.sha256);
    }),
  );
});

test("classes have the same shares in both parts, and the split is that of the seed", () => {
  const data = classified(
    Array.from({ length: 100 }, (_, at) => ({ text: `text ${at}`, label: at % 5 === 0 ? "rare" : "common" })),
  );
  const { train, validation } = splitDataset(data, { seed: 1, share: 0.2 });
  const rare = ({ examples }: Dataset) =>
    examples.filter((one) => "label" in one && one.label === "rare").length;
  expect([rare(validation), validation.examples.length]).toEqual([4, 20]);
  expect([rare(train), train.examples.length]).toEqual([16, 80]);
  expect(splitDataset(data, { seed: 1, share: 0.2 }).validation.sha256).toBe(validation.sha256);
  expect(splitDataset(data, { seed: 2, share: 0.2 }).validation.sha256).not.toBe(validation.sha256);
});

test("what cannot be parted is refused", () => {
  const same = classified([
    { text: "a", label: "x" },
    { text: "A", label: "y" },
  ]);
  expect(() => splitDataset(same, { seed: 1, share: 0.5 })).toThrow("all of its examples ask the same");
  expect(() => splitDataset(same, { seed: 1, share: 1 })).toThrow("cannot be held back");
});
