import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { energyTotal } from "../core/energy-total.ts";
import { exactly } from "../core/interval.ts";
import { seededRandom } from "../core/random.ts";
import { openMeter } from "./open-meter.ts";
import type { SensorSource } from "./sensor.ts";

/** A machine whose only process burns `threads` CPU seconds per second. */
function busyWorld(threads: number, env = {}) {
  const world = fakeWorld({ env });
  world.machine.processCpuSeconds = () => world.clock.now() * threads;
  return world;
}
const joulesOf = (readings: readonly { kind: string }[], component: string): number | undefined => {
  for (const each of readings as readonly import("../core/meter.ts").Reading[])
    if (each.kind === "available" && each.component === component) return each.joules.value;
  return undefined;
};

test("a measured span gets its own CPU seconds times the watts that the user gave", async () => {
  const world = busyWorld(2, { FRUGAL_CPU_WATTS: "5" });
  const meter = await openMeter(world);
  world.clock.advance(1);
  const { value, energy } = await meter.measure("work", () => {
    world.clock.advance(3);
    return 7;
  });
  expect(value).toBe(7);
  expect(energy.durationS).toBeCloseTo(3, 9);
  expect(energy.cpuS).toBeCloseTo(6, 9);
  expect(joulesOf(energy.readings, "cpu")).toBeCloseTo(30, 9);
  const source = energy.readings.find(
    (each) => each.component === "cpu" && each.source !== "powercap",
  )?.source;
  expect(source).toContain("FRUGAL_CPU_WATTS");
});

test("spans and the unattributed rest make up the whole", async () => {
  const world = busyWorld(1);
  const meter = await openMeter(world);
  world.clock.advance(1);
  await meter.span("outer", async () => {
    world.clock.advance(0.55);
    await Promise.all([meter.span("a", () => world.clock.advance(1.03)), meter.span("b", () => undefined)]);
  });
  const { whole, spans, unattributed } = await meter.close();
  expect(spans.map((span) => span.path.join("/"))).toEqual(["outer", "outer/a", "outer/b"]);
  const outer = joulesOf(spans[0]!.readings, "cpu")!;
  expect(outer + joulesOf(unattributed, "cpu")!).toBeCloseTo(joulesOf(whole.readings, "cpu")!, 9);
  expect(spans[0]?.shared).toBe(false);
});

test("what was spent so far goes up to the last sample, and asking takes none", async () => {
  const world = busyWorld(1, { FRUGAL_CPU_WATTS: "5" });
  const meter = await openMeter(world);
  world.clock.advance(0.95);
  const reads = world.fileCalls();
  const { durationS, readings } = meter.soFar();
  expect(world.fileCalls()).toBe(reads);
  expect([durationS, joulesOf(readings, "cpu")]).toEqual([expect.closeTo(0.9, 9), expect.closeTo(4.5, 9)]);
});

test("without a given wattage the interval is wide and a note names the variable", async () => {
  const world = busyWorld(1);
  const meter = await openMeter(world);
  world.clock.advance(10);
  const cpu = meter.total().readings.find((each) => each.component === "cpu" && each.source !== "powercap");
  if (cpu?.kind !== "available") throw new Error("no CPU reading");
  expect(cpu.joules.high / cpu.joules.low).toBeCloseTo(9, 6);
  expect(cpu.notes.join()).toContain("FRUGAL_CPU_WATTS");
});

test.each(["abc", "-3", "0", "NaN", "Infinity"])("FRUGAL_CPU_WATTS=%s is refused by name", async (text) => {
  await expect(openMeter(fakeWorld({ env: { FRUGAL_CPU_WATTS: text } }))).rejects.toMatchObject({
    code: "bad-option",
    what: `FRUGAL_CPU_WATTS=${text}`,
  });
});

test("a failing sensor never reaches the user's work: coverage falls and a note says why", async () => {
  const world = busyWorld(1);
  const meter = await openMeter(world);
  world.clock.advance(1);
  world.machine.processCpuSeconds = () => {
    throw new Error("no more numbers");
  };
  const { value } = await meter.measure("work", () => {
    world.clock.advance(3);
    return "done";
  });
  expect(value).toBe("done");
  const cpu = meter.total().readings.find((each) => each.component === "cpu" && each.source !== "powercap");
  if (cpu?.kind !== "available") throw new Error("no CPU reading");
  expect(cpu.coverage).toBeCloseTo(0.25, 6);
  expect(cpu.notes.join()).toContain("no more numbers");
});

test("a span that no sample covers is unavailable, not zero", async () => {
  const world = busyWorld(1);
  const meter = await openMeter(world);
  world.machine.processCpuSeconds = () => {
    throw new Error("gone");
  };
  const { energy } = await meter.measure("work", () => world.clock.advance(3));
  expect(energy.readings.map((each) => each.kind)).toEqual(["unavailable", "unavailable", "unavailable"]);
});

test("work that throws still closes its span, and the error is the work's own", async () => {
  const world = busyWorld(1);
  const meter = await openMeter(world);
  const failure = new Error("mine");
  await expect(meter.measure("work", () => Promise.reject(failure))).rejects.toBe(failure);
  world.clock.advance(1);
  const { unattributed, whole } = await meter.close();
  expect(joulesOf(unattributed, "cpu")).toBe(joulesOf(whole.readings, "cpu"));
});

test("energy so far grows with the samples, without reading anything", async () => {
  const world = busyWorld(1, { FRUGAL_CPU_WATTS: "10" });
  const meter = await openMeter(world);
  world.clock.advance(1);
  const calls = world.fileCalls();
  expect(meter.energySoFarJ()).toBeGreaterThan(9.9);
  expect(world.fileCalls()).toBe(calls);
});

test("a hundred concurrent nested spans and the rest make up the node, to a billionth", async () => {
  let joules = 0;
  const node: SensorSource = {
    open: ({ nowS }) => ({
      unavailable: [],
      sensors: [
        {
          component: "node", boundary: "machine", method: "counter", source: "plug", remedy: "none",
          interval: exactly, notes: () => [],
          sample: (now) => ({ joules, coveredS: now - nowS }),
        },
      ],
    }),
  }; // biome-ignore format: one record
  const random = seededRandom(7);
  const world = fakeWorld();
  const meter = await openMeter(world, { sources: [node] });
  const pass = (): void => {
    joules += random.next() * 100;
    world.clock.advance(random.next() * 0.3);
  };
  const nest = async (path: string, depth: number): Promise<void> => {
    await meter.span(path, async () => {
      pass();
      if (depth > 0) await Promise.all([nest(`${path}a`, depth - 1), nest(`${path}b`, depth - 1)]);
      await Promise.resolve();
      pass();
    });
  };
  pass();
  await Promise.all(Array.from({ length: 15 }, (_, index) => nest(`s${index}`, 2)));
  pass();
  const { whole, spans, unattributed } = await meter.close();
  expect(spans).toHaveLength(15 * 7);
  expect(spans.every((span) => span.shared)).toBe(true);
  const tops = spans.filter((span) => span.path.length === 1);
  const sum = tops.reduce(
    (total, span) => total + joulesOf(span.readings, "node")!,
    joulesOf(unattributed, "node")!,
  );
  expect(Math.abs(sum - joules)).toBeLessThanOrEqual(1e-9 * joules);
  expect(joulesOf(whole.readings, "node")).toBeCloseTo(joules, 6);
  expect(energyTotal(whole.readings).joules?.value).toBeCloseTo(joules, 6);
});

test("a started span tells its energy so far, at its end and after it", async () => {
  const world = busyWorld(1, { FRUGAL_CPU_WATTS: "10" });
  const meter = await openMeter(world);
  world.clock.advance(1);
  const span = meter.start("request");
  const inner = await span.run(() => meter.measure("inner", () => world.clock.advance(2)));
  expect(joulesOf(inner.energy.readings, "cpu")).toBeCloseTo(20, 6);
  expect(joulesOf(span.soFar().readings, "cpu")).toBeCloseTo(20, 6);
  world.clock.advance(1);
  const ending = span.end();
  world.clock.advance(5);
  expect(joulesOf((await ending).readings, "cpu")).toBeCloseTo(30, 6);
  expect((await span.end()).durationS).toBeCloseTo(3, 6);
  expect(joulesOf(span.endNow().readings, "cpu")).toBeCloseTo(30, 6);
  const { spans } = await meter.close();
  expect(spans.map((each) => [each.path.join("/"), each.count])).toEqual([
    ["request", 1],
    ["request/inner", 1],
  ]);
});

/** A device that goes on with what it was given, at 1 J per second, until somebody waits for it. */
function busyDevice(world: ReturnType<typeof fakeWorld>) {
  let joules = 0;
  let givenS = 0;
  const source: SensorSource = {
    open: ({ nowS }) => ({
      unavailable: [],
      sensors: [
        {
          component: "gpu", boundary: "machine", method: "counter", source: "device", remedy: "none",
          interval: exactly, notes: () => [],
          sample: (now) => ({ joules, coveredS: now - nowS }),
        },
      ],
    }),
  }; // biome-ignore format: one record
  return {
    source,
    give: (seconds: number) => {
      givenS += seconds;
    },
    done: async () => {
      joules += givenS;
      world.clock.advance(givenS);
      givenS = 0;
    },
  };
}

test("work that a device goes on with after its call has returned is in the span that gave it, when the meter may wait", async () => {
  const world = fakeWorld();
  const device = busyDevice(world);
  const meter = await openMeter(world, { sources: [device.source], synchronize: device.done });
  device.give(1);
  const { energy } = await meter.measure("measured", () => device.give(2));
  await meter.span("span", () => device.give(4));
  const { spans, unattributed } = await meter.close();
  expect([energy.durationS, joulesOf(energy.readings, "gpu")]).toEqual([2, 2]);
  expect(spans.map((each) => [each.name, joulesOf(each.readings, "gpu")])).toEqual([
    ["measured", 2],
    ["span", 4],
  ]);
  expect(joulesOf(unattributed, "gpu")).toBe(1);
});

test("a device that cannot be waited for takes nothing from the work, and the readings say so", async () => {
  const world = fakeWorld();
  const device = busyDevice(world);
  const synchronize = () => Promise.reject(new Error("device lost"));
  const meter = await openMeter(world, { sources: [device.source], synchronize });
  expect(await meter.span("span", () => 7)).toBe(7);
  const { value, energy } = await meter.measure("measured", () => 8);
  expect(value).toBe(8);
  const gpu = energy.readings.find((each) => each.source === "device");
  expect(gpu?.kind === "available" && gpu.notes.join()).toContain("device lost");
});
