import { expect, test } from "vitest";
import { type FakeThreads, fakeThreads } from "../../test/support/fake-threads.ts";
import { type FakeWorld, fakeWorld } from "../../test/support/fake-world.ts";
import { settle } from "../../test/support/settle.ts";
import type { AvailableReading } from "../core/energy-total.ts";
import type { SpanEnergy } from "../core/meter.ts";
import { openInstruments } from "./instruments.ts";
import { type MeterOptions, type OpenMeter, openMeter } from "./open-meter.ts";

const ZONE = "/sys/class/powercap/intel-rapl:0";

/** A machine that draws `watts(t)`, and a program whose event loop can be blocked. */
function machine(wattsAt: (second: number) => number) {
  const fake = fakeWorld({
    files: {
      [`${ZONE}/name`]: "package-0",
      [`${ZONE}/max_energy_range_uj`]: "262143328850",
      [`${ZONE}/energy_uj`]: "0",
    },
  });
  let blocked = false;
  let wakes = 0;
  // Energy at a time: the trace is constant over each second.
  const energyUj = (nowS: number): number => {
    let joules = 0;
    for (let second = 0; second < nowS; second++) joules += wattsAt(second) * Math.min(1, nowS - second);
    return Math.round(joules * 1e6);
  };
  const files = {
    ...fake.files,
    readTextSync: (path: string) =>
      path.endsWith("energy_uj") ? String(energyUj(fake.clock.now())) : fake.files.readTextSync(path),
  };
  const world = { ...fake, files };
  const threads: FakeThreads = fakeThreads(world);
  const own = {
    ...world,
    threads,
    clock: {
      ...fake.clock,
      every: (periodMs: number, tick: () => void) =>
        fake.clock.every(periodMs, () => {
          if (blocked) return;
          wakes++;
          tick();
        }),
    },
  };
  const block = (seconds: number): void => {
    blocked = true;
    fake.clock.advance(seconds);
    blocked = false;
  };
  /** Times that the program's own thread was woken up. */
  return { world: own as FakeWorld, clock: fake.clock, threads, block, wakes: () => wakes };
}

/** The counter's reading; the memory beside it is a model. */
const cpuOf = (energy: SpanEnergy | undefined): AvailableReading => {
  const [cpu] = energy?.readings ?? [];
  if (cpu?.kind !== "available") throw new Error("no CPU reading");
  return cpu;
};
const spanOf = (result: Awaited<ReturnType<OpenMeter["close"]>>, name: string): AvailableReading =>
  cpuOf(result.spans.find((span) => span.name === name));

/** A span asks for the thread, a quiet moment starts it. */
async function startThread(meter: OpenMeter, clock: FakeWorld["clock"], threads: FakeThreads): Promise<void> {
  await meter.span("first", () => undefined);
  clock.advance(0.1);
  await threads.opened();
}

async function twoSpansInOneBlock(options: MeterOptions) {
  const hot = machine((second) => (second === 1 ? 100 : 10));
  const meter = await openMeter(hot.world, { periodMs: 10, ...options });
  await startThread(meter, hot.clock, hot.threads);
  hot.block(1 - hot.clock.now());
  await meter.span("hot", () => hot.block(1));
  await meter.span("cool", () => hot.block(1));
  return await meter.close();
}

test("spans that ran while the event loop was blocked get the energy of their own time", async () => {
  const result = await twoSpansInOneBlock({});
  expect(spanOf(result, "hot").joules.value).toBeCloseTo(100, 0);
  expect(spanOf(result, "cool").joules.value).toBeCloseTo(10, 0);
});

test("sampling here smears the blocked time over its spans, with the same sum and an interval that says so", async () => {
  const result = await twoSpansInOneBlock({ sampling: "here" });
  const { joules } = spanOf(result, "hot");
  expect(joules.value).toBeLessThan(60);
  expect(joules.high).toBeGreaterThan(2 * joules.value);
  expect(cpuOf(result.whole).joules.value).toBeCloseTo(120, 6);
});

test("the whole is the same joules whoever sampled, and nothing is lost or counted twice at the change", async () => {
  const hot = machine((second) => 10 + second);
  const meter = await openMeter(hot.world, { periodMs: 100 });
  hot.clock.advance(1.234);
  await startThread(meter, hot.clock, hot.threads);
  hot.block(2.345);
  hot.clock.advance(1.421);
  const { whole } = await meter.close();
  expect(hot.threads.started()).toBe(1);
  // 10, 11, 12, 13 and 14 W for a second each, then 15 W for a tenth.
  expect(cpuOf(whole).joules.value).toBeCloseTo(61.5, 3);
  expect(cpuOf(whole).coverage).toBeCloseTo(1, 6);
  expect(cpuOf(whole).notes).toEqual([]);
});

test("two spans that start without a turn of the event loop are told apart from the first one on", async () => {
  const hot = machine((second) => (second === 0 ? 100 : 10));
  const meter = await openMeter(hot.world);
  await meter.span("hot", () => hot.block(1));
  await meter.span("cool", () => hot.block(1));
  const result = await meter.close();
  expect(spanOf(result, "hot").joules.value).toBeCloseTo(100, 6);
  expect(spanOf(result, "cool").joules.value).toBeCloseTo(10, 6);
});

test("while no span starts or ends the program's own thread sleeps, and what it is asked for is still up to date", async () => {
  const calm = machine(() => 10);
  const meter = await openMeter(calm.world, { periodMs: 100 });
  await startThread(meter, calm.clock, calm.threads);
  calm.clock.advance(1);
  const before = calm.wakes();
  calm.clock.advance(60);
  expect(calm.wakes() - before).toBeLessThanOrEqual(3);
  expect(meter.energySoFarJ()).toBeGreaterThan(609);
  expect(cpuOf(meter.soFar()).joules.value).toBeGreaterThan(609);
  await meter.span("work", () => calm.clock.advance(5));
  const { whole, spans } = await meter.close();
  expect(cpuOf(whole).joules.value).toBeCloseTo(661, 6);
  expect(spans.map(({ name, durationS }) => [name, durationS])).toEqual([
    ["first", 0],
    ["work", expect.closeTo(5, 6)],
  ]);
});

test("a thread that dies in a quiet time is noticed at once", async () => {
  const calm = machine(() => 10);
  const meter = await openMeter(calm.world, { periodMs: 100 });
  await startThread(meter, calm.clock, calm.threads);
  calm.clock.advance(12);
  calm.threads.die("out of memory");
  (await openInstruments(calm.world, {})).close();
  await settle();
  calm.clock.advance(12);
  const { whole } = await meter.close();
  expect(cpuOf(whole).notes.join()).toContain("out of memory");
  expect(cpuOf(whole).coverage).toBeGreaterThan(0.98);
});

test("without a span no thread is started", async () => {
  const calm = machine(() => 10);
  const meter = await openMeter(calm.world);
  calm.clock.advance(3);
  await meter.measure("work", () => calm.block(1));
  await meter.close();
  expect(calm.threads.started()).toBe(0);
});

test("a thread that dies is replaced by sampling here; the gap is said and not covered", async () => {
  const hot = machine(() => 10);
  const meter = await openMeter(hot.world, { periodMs: 100 });
  await startThread(meter, hot.clock, hot.threads);
  hot.clock.advance(2);
  hot.threads.die("out of memory");
  hot.clock.advance(2);
  // The meter opens its sensors again; when the same are open here, which were asked for later, it has them.
  (await openInstruments(hot.world, {})).close();
  await settle();
  hot.clock.advance(1);
  const { whole } = await meter.close();
  const cpu = cpuOf(whole);
  expect(cpu.notes.join()).toContain("out of memory");
  expect(cpu.coverage).toBeGreaterThan(0.5);
  expect(cpu.coverage).toBeLessThan(1);
  expect(cpu.joules.value).toBeCloseTo(10 * cpu.coverage * whole.durationS, 6);
});

test("a thread that cannot be started after all leaves the sampling here, with the reason", async () => {
  const hot = machine(() => 10);
  const meter = await openMeter(hot.world);
  await meter.span("first", () => undefined);
  hot.clock.advance(0.1);
  hot.threads.die("Cannot find module sensor-thread.js");
  hot.clock.advance(1);
  const { whole } = await meter.close();
  expect(cpuOf(whole).coverage).toBeCloseTo(1, 6);
  expect(cpuOf(whole).joules.value).toBeCloseTo(11, 6);
  expect(cpuOf(whole).notes.join()).toContain("Cannot find module");
});

test("a thread that opens other sensors than this one is not believed", async () => {
  const hot = machine(() => 10);
  const threads = fakeThreads(fakeWorld());
  const meter = await openMeter({ ...hot.world, threads });
  await startThread(meter, hot.clock, threads);
  hot.clock.advance(1);
  const { whole } = await meter.close();
  expect(cpuOf(whole).joules.value).toBeCloseTo(11, 6);
  expect(cpuOf(whole).notes.join()).toContain("other sensors");
});

test("a thread that does not answer keeps neither measure nor close from returning", async () => {
  const hot = machine(() => 10);
  const meter = await openMeter(hot.world, { periodMs: 100 });
  await startThread(meter, hot.clock, hot.threads);
  hot.clock.advance(2);
  hot.threads.hang();
  const { value, energy } = await meter.measure("work", () => {
    hot.clock.advance(1);
    return 7;
  });
  expect(value).toBe(7);
  expect(energy.durationS).toBeCloseTo(1, 9);
  expect(energy.readings[0]?.kind).toBe("unavailable");
  const { whole } = await meter.close();
  expect(whole.readings[0]).toMatchObject({ kind: "available", coverage: expect.closeTo(2 / 3, 1) });
});

test("a program that may start no thread is sampled here, and says why", async () => {
  const hot = machine(() => 10);
  const threads = {
    start: () => {
      throw new Error("threads are forbidden");
    },
  };
  const meter = await openMeter({ ...hot.world, threads });
  await meter.span("work", () => hot.clock.advance(1));
  const { whole } = await meter.close();
  expect(cpuOf(whole).joules.value).toBeCloseTo(10, 6);
  expect(JSON.stringify(whole.readings)).toContain("threads are forbidden");
});

test("spans far faster than samples cannot fill the memory", async () => {
  const hot = machine(() => 10);
  const meter = await openMeter(hot.world, { periodMs: 1_000 });
  for (let call = 0; call < 100_000; call++) await meter.span("quick", () => undefined);
  hot.clock.advance(1);
  const { spans } = await meter.close();
  expect(spans[0]?.count).toBe(100_000);
});

test("after closing, work still runs and is not measured", async () => {
  const meter = await openMeter(fakeWorld());
  await meter.close();
  expect(await meter.span("late", () => 3)).toBe(3);
  expect((await meter.measure("late", () => 4)).value).toBe(4);
});

test("two meters of one process say that they count the same energy", async () => {
  const world = fakeWorld();
  const first = await openMeter(world);
  const second = await openMeter(world);
  world.clock.advance(1);
  const results = [await second.close(), await first.close()];
  expect(results.map((result) => result.whole.shared)).toEqual([true, true]);
  expect(JSON.stringify(results[0]?.whole.readings)).toContain("do not add the two");
  const third = await openMeter(world);
  expect((await third.close()).whole.shared).toBe(false);
});

test("a process started under another meter says so", async () => {
  const meter = await openMeter(fakeWorld({ env: { FRUGAL_METERED_BY: "17" } }));
  expect((await meter.close()).whole.shared).toBe(true);
});
