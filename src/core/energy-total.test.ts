import fc from "fast-check";
import { expect, test } from "vitest";
import { type AvailableReading, energyTotal } from "./energy-total.ts";
import { within } from "./interval.ts";
import type { Reading } from "./meter.ts";

const reading = (
  component: AvailableReading["component"],
  joules: number,
  more: Partial<AvailableReading> = {},
): AvailableReading => ({
  kind: "available", component, boundary: "machine", method: "counter", source: component,
  joules: within(joules, 0.05), coverage: 1, notes: [], ...more,
}); // biome-ignore format: one record

test("without a node reading the total is the sum of the components, half-widths added", () => {
  const total = energyTotal([reading("cpu", 100), reading("ram", 20)]);
  expect(total).toMatchObject({ joules: { low: 114, value: 120, high: 126 }, status: "measured" });
  expect(total.boundary).toBe("machine");
  expect(total).not.toHaveProperty("unattributed");
});

test("with a node reading that is the total, and what its parts leave over is shown", () => {
  const total = energyTotal([reading("cpu", 100), reading("node", 200), reading("gpu", 50)]);
  expect(total.joules).toEqual(within(200, 0.05));
  expect(total.unattributed?.value).toBe(50);
  // Two instruments: 10 J of the node and 7.5 J of the parts in quadrature.
  expect(total.unattributed?.high).toBeCloseTo(50 + 12.5, 9);
  expect(total.notes).toEqual([]);
});

test("parts that exceed the node are said, and both numbers stay", () => {
  const total = energyTotal([reading("cpu", 100), reading("node", 90)]);
  expect(total.joules?.value).toBe(90);
  expect(total.unattributed?.value).toBe(-10);
  expect(total.notes).toEqual(["the parts (100 J) exceed the node reading (90.0 J)"]);
});

test("two node readings are not added: the better covered counts, the other is named", () => {
  const plug = reading("node", 210, { source: "plug" });
  const controller = reading("node", 190, { source: "controller", coverage: 0.9 });
  const total = energyTotal([controller, plug]);
  expect(total.joules?.value).toBe(210);
  expect(total.notes.join()).toContain("controller");
});

test("the total is as weak as the weakest part and says when boundaries are mixed", () => {
  const ram = reading("ram", 1, { method: "modelled", boundary: "process-tree" });
  expect(energyTotal([reading("cpu", 1), ram])).toMatchObject({ status: "modelled", boundary: "mixed" });
  // Under a measured node a modelled part changes nothing of the total.
  expect(energyTotal([reading("node", 5), ram]).status).toBe("measured");
});

test("the own share adds splits and process-tree readings, and is left out where one part cannot tell", () => {
  const lines = [
    { owner: "idle" as const, name: "idle", joules: within(40, 0.1) },
    { owner: "process-tree" as const, name: "this process tree", joules: within(60, 0.1) },
  ];
  const cpu = reading("cpu", 100, { split: { lines, rule: "by CPU time" } });
  const ram = reading("ram", 5, { boundary: "process-tree", method: "modelled" });
  expect(energyTotal([cpu, ram]).own?.value).toBe(65);
  expect(energyTotal([cpu, reading("gpu", 7)])).not.toHaveProperty("own");
  expect(energyTotal([ram])).not.toHaveProperty("own");
});

test("what nobody could read has no total: absent is not zero", () => {
  const gpu: Reading = { kind: "unavailable", component: "gpu", source: "drm", reason: "no", remedy: "none" };
  expect(energyTotal([gpu])).toEqual({ status: "unavailable", notes: [] });
});

test("parts and the unattributed rest make up the node, whatever the readings", () => {
  const joules = fc.double({ min: 0, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(joules, fc.array(joules, { maxLength: 6 }), (node, parts) => {
      const total = energyTotal([reading("node", node), ...parts.map((each) => reading("gpu", each))]);
      const sum = parts.reduce((a, b) => a + b, 0) + total.unattributed!.value;
      expect(Math.abs(sum - node)).toBeLessThanOrEqual(1e-9 * Math.max(node, 1, ...parts) * 6);
      expect(total.notes.length).toBe(total.unattributed!.value < 0 ? 1 : 0);
    }),
  );
});
