import fc from "fast-check";
import { expect, test } from "vitest";
import { type OpenSpan, type SpanName, spanTree } from "./span-tree.ts";

const sumOfSelf = (at: SpanName): number =>
  [...at.children.values()].reduce((sum, child) => sum + sumOfSelf(child), at.self[0]!);
const at = (nowS: number, keepOwn = false) => ({ nowS, stamp: () => "", keepOwn });

test("two spans at the same time halve the energy and are marked as shared", () => {
  const tree = spanTree({ columns: 1, sensors: 1 }, 0);
  const a = tree.open("a", undefined, at(0));
  const b = tree.open("b", undefined, at(0));
  tree.assign(Float64Array.of(10), 1, Float64Array.of(0));
  expect([tree.close(a, 1), tree.close(b, 1)]).toEqual([true, true]);
  expect([a.name.self[0], b.name.self[0]]).toEqual([5, 5]);
});

test("a parent contains its child and is not shared with it", () => {
  const tree = spanTree({ columns: 1, sensors: 1 }, 0);
  const parent = tree.open("parent", undefined, at(0, true));
  const child = tree.open("child", parent, at(1));
  expect(tree.close(child, 3)).toBe(false);
  tree.assign(Float64Array.of(8), 4, Float64Array.of(0));
  expect(tree.close(parent, 4)).toBe(false);
  expect([parent.own?.row[0], parent.name.self[0], child.name.self[0]]).toEqual([8, 4, 4]);
});

test("time without any span is unattributed", () => {
  const tree = spanTree({ columns: 1, sensors: 1 }, 0);
  const span = tree.open("late", undefined, at(3));
  tree.close(span, 4);
  tree.assign(Float64Array.of(4), 4, Float64Array.of(0));
  expect([tree.unattributed.row[0], span.name.self[0]]).toEqual([3, 1]);
});

test("a span is shared when a sibling comes and goes within it, also a sibling of its parent", () => {
  const tree = spanTree({ columns: 1, sensors: 1 }, 0);
  const parent = tree.open("parent", undefined, at(0));
  const child = tree.open("child", parent, at(0));
  tree.close(tree.open("other", undefined, at(1)), 2);
  expect([tree.close(child, 3), tree.close(parent, 3)]).toEqual([true, true]);
});

test("names from data cannot fill the memory", () => {
  const tree = spanTree({ columns: 1, sensors: 1 }, 0);
  for (let index = 0; index < 3_000; index++) tree.close(tree.open(`n${index}`, undefined, at(0)), 0);
  expect(tree.root.children.size).toBeLessThanOrEqual(1_001);
});

test("self energies and the unattributed rest add up to all that was spent, for any tree of spans", () => {
  const step = fc.record({
    move: fc.constantFrom("open", "nest", "close", "sample"),
    pick: fc.nat(50),
    seconds: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 2, noNaN: true })),
    joules: fc.double({ min: 0, max: 1_000, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const tree = spanTree({ columns: 1, sensors: 1 }, 0);
      const open: OpenSpan[] = [];
      let [now, spent] = [0, 0];
      for (const { move, pick, seconds, joules } of steps) {
        now += seconds;
        const chosen = open[pick % Math.max(1, open.length)];
        if (move === "open") open.push(tree.open(`s${pick}`, undefined, at(now)));
        else if (move === "nest") open.push(tree.open(`s${pick}`, chosen, at(now)));
        else if (move === "sample") {
          tree.assign(Float64Array.of(joules), now, Float64Array.of(0));
          spent += joules;
        } else if (chosen !== undefined) {
          // Also parents before their children: work that nobody waited for.
          open.splice(open.indexOf(chosen), 1);
          tree.close(chosen, now);
        }
      }
      tree.assign(Float64Array.of(1), now + 1, Float64Array.of(0));
      const parts = sumOfSelf(tree.root) + tree.unattributed.row[0]!;
      expect(Math.abs(parts - (spent + 1))).toBeLessThanOrEqual(1e-9 * (spent + 1));
    }),
    { numRuns: 500 },
  );
});
