/** The whole way: load, meter, fit, store, and later readings, on machines whose power is known. */
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { DESKTOP, PLUG_FILE, simulatedMachine } from "../../../test/support/simulated-machine.ts";
import { energyTotal } from "../../core/energy-total.ts";
import { silent } from "../../core/progress.ts";
import { seededRandom } from "../../core/random.ts";
import { openMeter } from "../open-meter.ts";
import { openSensors } from "../open-sensors.ts";
import { calibrateLoadCurve, calibrateRecorded, calibrateWithMeter } from "./calibrate.ts";
import { storeCalibration, storedCalibrations } from "./calibration-store.ts";
import { recordMachine } from "./record-machine.ts";

const options = (minutes = 4) => ({
  minutes,
  makesLoad: true,
  progress: silent,
  signal: new AbortController().signal,
});
const METER = `csv:${PLUG_FILE}#accuracy=1%`;
const nodeOf = async (world: Parameters<typeof openSensors>[0]) => {
  const { sensors, unavailable } = await openSensors(world);
  return {
    sensor: sensors.find(({ component }) => component === "node"),
    unavailable: unavailable.filter(({ component }) => component === "node"),
  };
};

test.each([true, false])(
  "a calibrated machine (counters: %s) knows its wall energy afterwards",
  async (hasCounter) => {
    const machine = simulatedMachine(DESKTOP, {
      hasCounter,
      plug: { gain: 1, noise: 0.01 },
      random: seededRandom(1),
    });
    const fit = await machine.during(calibrateWithMeter(machine.world, METER, options()));
    expect(fit.kind === "node" && fit.predictor).toBe(hasCounter ? "sensed" : "busy");
    await storeCalibration(machine.world, fit);

    const meter = await openMeter(machine.world, { sampling: "here" });
    const before = machine.wallJ();
    machine.work("float", 3);
    machine.work("integer", 2);
    await machine.run(30);
    const { whole } = await meter.close();
    const truth = machine.wallJ() - before;
    const total = energyTotal(whole.readings);
    expect(total.boundary).toBe("machine");
    expect(total.status).toBe("modelled");
    expect(Math.abs(total.joules!.value / truth - 1)).toBeLessThan(0.07);
    expect(total.joules!.low).toBeLessThan(truth);
    expect(total.joules!.high).toBeGreaterThan(truth);
    const node = whole.readings.find(({ component }) => component === "node")!;
    expect(node.source).toContain(`calibration ${fit.id.slice(0, 12)} of 2026-01-01, cross-validated error`);
  },
);

test("with counters the line is the machine's own, whatever the plug's clock", async () => {
  const machine = simulatedMachine(
    { ...DESKTOP, unseenMemoryW: 0 },
    { hasCounter: true, plug: { gain: 1, noise: 0, lateS: 4 } },
  );
  const fit = await machine.during(calibrateWithMeter(machine.world, METER, options()));
  if (fit.kind !== "node") throw new Error("no line");
  expect(fit.intercept_w).toBeCloseTo(45, 0);
  expect(fit.slope).toBeCloseTo(1.12, 2);
  expect(fit.error.cross_validated_rms).toBeLessThan(0.005);
  // The file is read by the plug's stamps, which are 4 s behind.
  expect(fit.meter.lag_s).toBeCloseTo(-4, 0);
});

test("recorded first, fitted when the meter's file is there: the same line", async () => {
  const machine = simulatedMachine(DESKTOP, {
    hasCounter: true,
    plug: { gain: 1, noise: 0.005 },
    random: seededRandom(2),
  });
  const { recording } = await machine.during(recordMachine(machine.world, options()));
  const fit = await calibrateRecorded(machine.world, METER, JSON.parse(JSON.stringify(recording)));
  if (fit.kind !== "node") throw new Error("no line");
  expect(fit.slope).toBeGreaterThan(1.08);
  expect(fit.slope).toBeLessThan(1.2);
  expect(fit.error.blocks).toEqual(["idle", "integer", "float", "memory"]);
  await expect(calibrateRecorded(machine.world, "http://plug/", recording)).rejects.toThrow("a file keeps");
});

test("interrupted, it leaves nothing behind: no file, no thread, no timer", async () => {
  const machine = simulatedMachine(DESKTOP, { hasCounter: true });
  const stop = new AbortController();
  const before = [...machine.world.stored.keys()];
  const calibrating = calibrateWithMeter(machine.world, METER, { ...options(), signal: stop.signal });
  calibrating.catch(() => {});
  await machine.run(20);
  stop.abort();
  await expect(machine.during(calibrating)).rejects.toMatchObject({ code: "aborted" });
  const idle = machine.packageJ();
  await machine.run(10);
  expect(machine.packageJ() - idle).toBeCloseTo(10 * DESKTOP.idleW, 6);
  expect(
    [...machine.world.stored.keys()].filter((path) => !before.includes(path) && path.includes("calibration")),
  ).toEqual([]);
});

test("the load curve of a bare machine serves its virtual machines", async () => {
  const bare = simulatedMachine(DESKTOP, { hasCounter: true });
  const fit = await bare.during(calibrateLoadCurve(bare.world, options()));
  if (fit.kind !== "load-curve") throw new Error("no curve");
  expect(fit.points[0]?.watts).toBeCloseTo(12, 0);
  expect(fit.points.at(-1)?.watts).toBeGreaterThan(85);

  const guest = simulatedMachine({ ...DESKTOP, threads: 4 }, { hasCounter: false });
  await storeCalibration(guest.world, fit);
  const { sensors } = await openSensors(guest.world);
  const cpu = sensors.find(({ component }) => component === "cpu")!;
  expect(cpu.source).toContain("4 of 8 threads");
  guest.work("integer", 2);
  await guest.run(20);
  const { joules } = cpu.sample(guest.world.clock.now());
  // Half of the idle power, and two threads at the mean of the loads.
  expect(joules).toBeGreaterThan(20 * (6 + 2 * 8.5));
  expect(joules).toBeLessThan(20 * (6 + 2 * 11.5));
  const { low, high } = cpu.interval(joules);
  expect([low < 20 * 26, 20 * 26 < high]).toEqual([true, true]);
});

test("without a counter there is no curve to learn, and the remedy says where there is one", async () => {
  const machine = simulatedMachine(DESKTOP, { hasCounter: false });
  const learning = machine.during(calibrateLoadCurve(machine.world, options(1)));
  await expect(learning).rejects.toMatchObject({
    code: "sensor-unavailable",
    remedy: expect.stringContaining("bare machine"),
  });
});

test("fits of other machines, old ones, changed ones and ones of other sensors are refused, with the reason", async () => {
  const machine = simulatedMachine(DESKTOP, { hasCounter: true });
  const fit = await machine.during(calibrateWithMeter(machine.world, METER, options()));
  const path = await storeCalibration(machine.world, fit);
  const text = new TextDecoder().decode(machine.world.stored.get(path));
  const elsewhere = (facts: Parameters<typeof simulatedMachine>[1]) => {
    const other = simulatedMachine(DESKTOP, facts);
    other.world.stored.set(path, new TextEncoder().encode(text));
    return other.world;
  };
  const refused = async (world: Parameters<typeof openSensors>[0]) => {
    const { sensor, unavailable } = await nodeOf(world);
    expect(sensor).toBeUndefined();
    expect(unavailable).toHaveLength(1);
    expect(unavailable[0]?.remedy).toContain("frugal calibrate");
    return unavailable[0]?.reason;
  };
  expect((await nodeOf(elsewhere({ hasCounter: true }))).sensor).toBeDefined();
  expect(await refused(elsewhere({ hasCounter: true, world: { machine: { cpuModel: "Other" } } }))).toContain(
    "CPU Simulated CPU, here Other",
  );
  expect(await refused(elsewhere({ hasCounter: true, world: { machine: { hostname: "lap" } } }))).toContain(
    "desk, 8 CPU threads",
  );
  expect(await refused(elsewhere({ hasCounter: false }))).toContain("other sensors");
  const old = elsewhere({ hasCounter: true });
  old.clock.advance(366 * 86_400);
  expect(await refused(old)).toContain("days old");
  const changed = elsewhere({ hasCounter: true });
  changed.stored.set(path, new TextEncoder().encode(text.replace('"kind": "node"', '"kind":"load-curve"')));
  expect(await refused(changed)).toContain("does not fit its hash");
});

test("whichever file call fails while fits are looked for, sensors open and say why one is missing", async () => {
  const machine = simulatedMachine(DESKTOP, { hasCounter: true });
  const fit = await machine.during(calibrateWithMeter(machine.world, METER, options()));
  await storeCalibration(machine.world, fit);
  const files = Object.fromEntries(machine.world.stored);
  for (let call = 1; ; call++) {
    const world = fakeWorld({
      files,
      machine: { hostname: "desk", cpuModel: "Simulated CPU", cpuThreads: 8 },
      failAt: { call, code: "EIO" },
    });
    const { sensors, unavailable } = await openSensors(world);
    const missing = unavailable.filter(({ source }) => source === "calibration");
    expect(sensors.filter(({ component }) => component === "node").length + missing.length).toBe(1);
    if (world.fileCalls() < call) break;
  }
});

test("the newest fit is used", async () => {
  const machine = simulatedMachine(DESKTOP, { hasCounter: true });
  const first = await machine.during(calibrateWithMeter(machine.world, METER, options()));
  await storeCalibration(machine.world, first);
  const second = await machine.during(calibrateWithMeter(machine.world, METER, options()));
  await storeCalibration(machine.world, second);
  expect(await storedCalibrations(machine.world)).toHaveLength(2);
  expect((await nodeOf(machine.world)).sensor?.source).toContain(second.id.slice(0, 12));
});
