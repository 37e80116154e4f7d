import fc from "fast-check";
import { expect, test } from "vitest";
import { seededRandom, shuffled } from "../core/random.ts";
import { stratifiedSplit } from "./stratified-split.ts";

interface Item {
  readonly id: string;
  readonly label: string;
}
const of = (counts: Readonly<Record<string, number>>): Item[] =>
  Object.entries(counts).flatMap(([label, count]) =>
    Array.from({ length: count }, (_, at) => ({ id: `${label}-${at}`, label })),
  );
const names = { labelOf: (item: Item) => item.label, keyOf: (item: Item) => item.id };
const countOf = (items: readonly Item[], label: string): number =>
  items.filter((item) => item.label === label).length;

test("parts of a given size per class are exact, balanced and share no item", () => {
  const items = of({ spam: 700, ham: 2_000 });
  const parts = { train: { perClass: 450 }, test: { perClass: 150 } };
  const { train, test: held } = stratifiedSplit(items, { seed: 1, parts, ...names });
  for (const label of ["spam", "ham"]) {
    expect(countOf(train, label)).toBe(450);
    expect(countOf(held, label)).toBe(150);
  }
  expect(new Set([...train, ...held].map(({ id }) => id)).size).toBe(1_200);
});

const anyItems = fc
  .array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 5 })
  .map((sizes) => of(Object.fromEntries(sizes.map((size, at) => [`class ${at}`, size]))));

test("total sizes are exact, disjoint, and within one of each class's share", () => {
  fc.assert(
    fc.property(anyItems, fc.double({ min: 0, max: 1, noNaN: true }), fc.integer(), (items, share, seed) => {
      const first = Math.floor(items.length * share);
      const parts = { first: { total: first }, rest: { total: items.length - first } };
      const split = stratifiedSplit(items, { seed, parts, ...names });
      expect(split.first).toHaveLength(first);
      expect(new Set([...split.first, ...split.rest])).toEqual(new Set(items));
      for (const label of new Set(items.map((item) => item.label))) {
        const quota = (countOf(items, label) * first) / items.length;
        expect(Math.abs(countOf(split.first, label) - quota)).toBeLessThan(1);
      }
    }),
  );
});

test("the split depends on seed and keys, not on the order of the items", () => {
  fc.assert(
    fc.property(anyItems, fc.integer(), (items, seed) => {
      const options = { seed, parts: { some: { total: items.length >> 1 } }, ...names };
      expect(stratifiedSplit(shuffled(items, seededRandom(seed)), options)).toEqual(
        stratifiedSplit(items, options),
      );
    }),
  );
  const options = { parts: { some: { perClass: 10 } }, ...names };
  const items = of({ a: 100, b: 100 });
  const one = stratifiedSplit(items, { ...options, seed: 1 });
  expect(stratifiedSplit(items, { ...options, seed: 2 })).not.toEqual(one);
});

test("a class that is too small, a key that comes twice and a size that is no count are refused", () => {
  const split = (items: readonly Item[], size: number) => () =>
    stratifiedSplit(items, { seed: 1, parts: { train: { perClass: size } }, ...names });
  expect(split(of({ a: 3, b: 2 }), 3)).toThrow(
    expect.objectContaining({ code: "bad-data", message: expect.stringContaining("class b") }),
  );
  expect(split([...of({ a: 1 }), ...of({ a: 1 })], 1)).toThrow(
    expect.objectContaining({ code: "bad-data", message: expect.stringContaining("a-0") }),
  );
  expect(split(of({ a: 3 }), -1)).toThrow(expect.objectContaining({ code: "bad-option" }));
  expect(split(of({ a: 3 }), 1.5)).toThrow(expect.objectContaining({ code: "bad-option" }));
  const total = () => stratifiedSplit(of({ a: 3 }), { seed: 1, parts: { all: { total: 4 } }, ...names });
  expect(total).toThrow(expect.objectContaining({ code: "bad-data" }));
});
