import { expect, test } from "vitest";
import { type FakeWorld, fakeWorld } from "../../test/support/fake-world.ts";
import { energyTotal } from "../core/energy-total.ts";
import { withBudget } from "./budget.ts";
import { lazyMeter } from "./lazy-meter.ts";
import { openMeter } from "./open-meter.ts";

/** 10 W of CPU while it works. */
function busyWorld(): FakeWorld {
  const world = fakeWorld({ env: { FRUGAL_CPU_WATTS: "10" }, machine: { residentBytes: () => 0 } });
  world.machine.processCpuSeconds = () => world.clock.now();
  return world;
}

/** Work in steps of a tenth of a second that lets go between them, until it is done or told to stop. */
async function steps(world: FakeWorld, seconds: number, signal: AbortSignal): Promise<string> {
  for (let step = 0; step < seconds * 10; step++) {
    signal.throwIfAborted();
    world.clock.advance(0.1);
    await Promise.resolve();
  }
  return "done";
}

test("work within its budget ends with its value and its energy", async () => {
  const world = busyWorld();
  const meter = await openMeter(world);
  const result = withBudget(meter, world.clock, { joules: 100 }, (signal) => steps(world, 2, signal));
  await Promise.resolve();
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  world.clock.advance(0.1);
  const { value, energy, exceeded } = await result;
  expect([value, exceeded, energy.name]).toEqual(["done", false, "budget"]);
  expect(energyTotal(energy.readings).joules?.value).toBeCloseTo(20, 6);
});

test("work that would spend more is aborted near its budget, with both numbers in the error", async () => {
  const world = busyWorld();
  const meter = await openMeter(world);
  const given = withBudget(meter, world.clock, { joules: 15 }, (signal) => steps(world, 60, signal));
  await expect(given).rejects.toMatchObject({ code: "budget-spent", exitCode: 1 });
  expect(world.clock.now()).toBeLessThan(1.8);
});

test("work that ignores the signal keeps its value, and the result says that it spent too much", async () => {
  const world = busyWorld();
  const meter = await openMeter(world);
  const given = withBudget(meter, world.clock, { joules: 5 }, () => {
    world.clock.advance(3);
    return "stubborn";
  });
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  world.clock.advance(0.1);
  expect(await given).toMatchObject({ value: "stubborn", exceeded: true });
});

test("an error of the work itself stays its own, and so does an abort of the caller", async () => {
  const world = busyWorld();
  const meter = await openMeter(world);
  const own = new Error("mine");
  await expect(withBudget(meter, world.clock, { joules: 5 }, () => Promise.reject(own))).rejects.toBe(own);
  const caller = new AbortController();
  caller.abort(own);
  const aborted = withBudget(meter, world.clock, { joules: 5, signal: caller.signal }, (signal) =>
    steps(world, 1, signal),
  );
  await expect(aborted).rejects.toBe(own);
});

test("a budget that nothing measures is not silently unguarded", async () => {
  const world = busyWorld();
  const meter = await openMeter(world);
  world.machine.processCpuSeconds = () => {
    throw new Error("gone");
  };
  world.machine.residentBytes = () => {
    throw new Error("gone");
  };
  const given = withBudget(meter, world.clock, { joules: 5 }, (signal) => steps(world, 60, signal));
  await expect(given).rejects.toMatchObject({ code: "sensor-unavailable" });
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("a budget of %d J is refused", async (joules) => {
  const world = busyWorld();
  const meter = await openMeter(world);
  await expect(withBudget(meter, world.clock, { joules }, () => 1)).rejects.toMatchObject({
    code: "bad-option",
  });
});

test("a lazy meter is opened by its first use, once, and after closing by the next one", async () => {
  const world = busyWorld();
  let opened = 0;
  const meter = lazyMeter(() => {
    opened++;
    return openMeter(world);
  });
  expect([opened, meter.opened(), await meter.close()]).toEqual([0, undefined, undefined]);
  await Promise.all([meter.span("a", () => 1), meter.measure("b", () => 2)]);
  expect(opened).toBe(1);
  expect((await meter.close())?.spans.map((span) => span.name).sort()).toEqual(["a", "b"]);
  await meter.span("c", () => 3);
  expect(opened).toBe(2);
});

test("a lazy meter that could not be opened tries again", async () => {
  let fails = true;
  const meter = lazyMeter(() => (fails ? Promise.reject(new Error("no")) : openMeter(busyWorld())));
  await expect(meter.span("a", () => 1)).rejects.toThrow("no");
  fails = false;
  expect(await meter.span("a", () => 1)).toBe(1);
});
