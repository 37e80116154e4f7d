import fc from "fast-check";
import { expect, test } from "vitest";
import { blockChart } from "./block-chart.ts";

test("blocks stand on zero and reach to the greatest value", () => {
  expect(blockChart([0, 10, 20, 30, 40, 50, 60, 70])).toBe("▁▂▃▄▅▆▇█");
  expect(blockChart([40, 41, 40])).toBe("███");
});

test("what was not read is a gap, and nothing at all is flat", () => {
  expect(blockChart([1, undefined, 2])).toBe("▅ █");
  expect(blockChart([0, 0])).toBe("▁▁");
  expect(blockChart([])).toBe("");
});

test("one character per value, and a greater value is never drawn lower", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })), (values) => {
      const chart = [...blockChart(values)];
      expect(chart).toHaveLength(values.length);
      for (let at = 1; at < values.length; at++) {
        if (values[at]! > values[at - 1]!) expect(chart[at]! >= chart[at - 1]!).toBe(true);
      }
    }),
  );
});
