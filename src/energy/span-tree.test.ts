import fc from "fast-check";
import { expect, test } from "vitest";
import { newSpan, nothingSpent, type Span, type SpanName, spanTree } from "./span-tree.ts";

const ONE = { columns: 1, sensors: 1 };
const EVEN = Float64Array.of(0);

/** A tree that opens and closes in one step each, as time goes by. */
function planted() {
  const tree = spanTree(ONE, 0);
  const open = (name: string, parent: Span | undefined, atS: number): Span => {
    const span = newSpan(name, parent, atS, nothingSpent(ONE));
    tree.open(span);
    return span;
  };
  const close = (span: Span, atS: number): boolean => {
    span.endS = atS;
    tree.close(span);
    return span.shared;
  };
  const assign = (joules: number, atS: number): void => tree.assign(Float64Array.of(joules), atS, EVEN);
  return { tree, open, close, assign };
}
const joulesOf = (at: Pick<SpanName, "all">): number => at.all.row[0]!;

test("two spans at the same time halve the energy and are marked as shared", () => {
  const { open, close, assign } = planted();
  const a = open("a", undefined, 0);
  const b = open("b", undefined, 0);
  assign(10, 1);
  expect([close(a, 1), close(b, 1)]).toEqual([true, true]);
  expect([joulesOf(a.name!), joulesOf(b.name!)]).toEqual([5, 5]);
});

test("a parent contains its child and is not shared with it", () => {
  const { open, close, assign } = planted();
  const parent = open("parent", undefined, 0);
  const child = open("child", parent, 1);
  expect(close(child, 3)).toBe(false);
  assign(8, 4);
  expect(close(parent, 4)).toBe(false);
  expect([parent.own?.row[0], joulesOf(parent.name!), child.own?.row[0]]).toEqual([8, 8, 4]);
});

test("time without any span is unattributed", () => {
  const { tree, open, close, assign } = planted();
  const span = open("late", undefined, 3);
  close(span, 4);
  assign(4, 4);
  expect([tree.unattributed.row[0], joulesOf(span.name!)]).toEqual([3, 1]);
});

test("a span is shared when a sibling comes and goes within it, also a sibling of its parent", () => {
  const { open, close } = planted();
  const parent = open("parent", undefined, 0);
  const child = open("child", parent, 0);
  close(open("other", undefined, 1), 2);
  expect([close(child, 3), close(parent, 3)]).toEqual([true, true]);
});

test("a child of a span that has ended counts for the next one above that is open", () => {
  const { open, close, assign } = planted();
  const top = open("top", undefined, 0);
  const middle = open("middle", top, 0);
  close(middle, 1);
  const late = open("late", middle, 1);
  assign(10, 2);
  expect([late.parent, late.name?.path, top.own?.row[0]]).toEqual([top, ["top", "late"], 10]);
});

test("the part of an interval is as unsure as its power was uneven; the whole is sure", () => {
  const { tree, open, close } = planted();
  const half = open("half", undefined, 0);
  close(half, 1);
  tree.assign(Float64Array.of(10), 2, Float64Array.of(4));
  expect(half.own?.variance[0]).toBe(16 * 0.25);
  const whole = open("whole", undefined, 2);
  tree.assign(Float64Array.of(10), 4, Float64Array.of(4));
  expect(whole.own?.variance[0]).toBe(0);
});

test("names from data cannot fill the memory", () => {
  const { tree, open, close } = planted();
  for (let index = 0; index < 3_000; index++) close(open(`n${index}`, undefined, 0), 0);
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
      const { tree, ...grow } = planted();
      const open: Span[] = [];
      let [now, spent] = [0, 0];
      for (const { move, pick, seconds, joules } of steps) {
        now += seconds;
        const chosen = open[pick % Math.max(1, open.length)];
        if (move === "open") open.push(grow.open(`s${pick}`, undefined, now));
        else if (move === "nest") open.push(grow.open(`s${pick}`, chosen, now));
        else if (move === "sample") {
          grow.assign(joules, now);
          spent += joules;
        } else if (chosen !== undefined) {
          // Also parents before their children: work that nobody waited for.
          open.splice(open.indexOf(chosen), 1);
          grow.close(chosen, now);
        }
      }
      grow.assign(1, now + 1);
      const tops = [...tree.root.children.values()].reduce((sum, name) => sum + joulesOf(name), 0);
      const parts = tops + tree.unattributed.row[0]!;
      expect(Math.abs(parts - (spent + 1))).toBeLessThanOrEqual(1e-9 * (spent + 1));
    }),
    { numRuns: 500 },
  );
});
