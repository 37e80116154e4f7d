/** A daemon tells once a second: what a run that it told nothing of is given, and what one is given that it told of. */
import { expect, test } from "vitest";
import { fakeSockets } from "../../../test/support/fake-sockets.ts";
import { fakeWorld, SystemError } from "../../../test/support/fake-world.ts";
import { settle } from "../../../test/support/settle.ts";
import { energyTotal } from "../../core/energy-total.ts";
import type { Reading } from "../../core/meter.ts";
import { seededRandom } from "../../core/random.ts";
import { buildReceipt, hardwareOf } from "../../receipt/build-receipt.ts";
import { checkSensors } from "../check-sensors.ts";
import { openMeter } from "../open-meter.ts";
import { powercapSensor } from "../powercap-sensor.ts";
import { serveReadings } from "./serve-readings.ts";

const PATH = "/run/test.sock";
const ZONE = { name: "package-0", counterPath: "/c/energy_uj", rangeUj: 262_143_328_850 };
const COUNTER_W = 20;
const MODEL_W = 5;

/** One busy thread, a package of 20 W behind a daemon that was started at a whole second, and the user's own 5 W. */
async function machine(env = {}) {
  const sockets = fakeSockets();
  const world = fakeWorld({
    sockets,
    env: { FRUGAL_SENSORD: PATH, FRUGAL_CPU_WATTS: String(MODEL_W), ...env },
    // 250 W by the table, for those who do not give their own watts.
    machine: { cpuModel: "Intel(R) Core(TM) Ultra 7 265KF", machineBusySeconds: () => 0 },
  });
  world.machine.processCpuSeconds = world.clock.now;
  const readTextSync = (path: string): string => {
    if (path !== ZONE.counterPath) throw new SystemError("ENOENT", path);
    return `${Math.round(COUNTER_W * world.clock.now() * 1e6)}\n`;
  };
  const sensor = powercapSensor({ readTextSync }, "cpu", [ZONE], world.clock.now());
  const server = serveReadings({ clock: world.clock, random: seededRandom(1) }, [sensor], {
    minIntervalMs: 1_000,
  });
  await sockets.listen(PATH, { mode: 0o660 }, server.accept);
  const pass = async (seconds: number): Promise<void> => {
    world.clock.advance(seconds);
    await settle();
  };
  return { world, pass };
}

const cpuOf = (readings: readonly Reading[]) =>
  readings.flatMap((each) =>
    each.component !== "cpu" || each.source === "powercap"
      ? []
      : [
          each.kind === "available"
            ? `${each.method} ${Math.round(each.joules.value * 1e3) / 1e3}`
            : each.kind,
        ],
  );

test("a run shorter than the daemon's step gets the model's figure, and the receipt says so", async () => {
  const { world, pass } = await machine();
  const meter = await openMeter(world, { sampling: "here" });
  await pass(0.4);
  const { whole } = await meter.close();
  expect(cpuOf(whole.readings)).toEqual(["unavailable", "modelled 2"]);
  expect(energyTotal(whole.readings).status).toBe("modelled");
  const { energy } = buildReceipt({
    kind: "track", subject: { type: "command", id: "x" }, energy: whole,
    hardware: hardwareOf(world.machine), software: {}, outcome: { status: "ok" },
  }); // biome-ignore format: one record
  const told = energy.parts.map((part) => (part.status === "unavailable" ? part.reason : part.notes.join()));
  expect(told.join("\n")).toContain("may be shorter than its step");
  expect(told.join("\n")).toContain("a model stands in: the counter told nothing");
});

test("a longer run is the counter's alone: nothing is counted twice, and spans add up to it", async () => {
  const { world, pass } = await machine();
  const meter = await openMeter(world, { sampling: "here" });
  await meter.span("short", () => pass(0.4));
  expect(meter.energySoFarJ()).toBeCloseTo(MODEL_W * 0.4, 1);
  await pass(2.6);
  await meter.span("last", () => pass(0.3));
  const sofar = meter.energySoFarJ();
  const { whole, spans, unattributed } = await meter.close();
  const [told] = cpuOf(whole.readings);
  expect(cpuOf(whole.readings)).toHaveLength(1);
  expect(told).toMatch(/^counter /);
  expect(sofar).toBeGreaterThan(COUNTER_W * 2);
  const all = [...spans.map(({ readings }) => readings), unattributed].flatMap(cpuOf);
  expect(all.filter((each) => each.startsWith("modelled"))).toEqual([]);
});

test("a short measured part of a long run has a figure as well", async () => {
  const { world, pass } = await machine();
  const meter = await openMeter(world, { sampling: "here" });
  await pass(3.2);
  const { energy } = await meter.measure("short", () => pass(0.3));
  expect(cpuOf(energy.readings)).toEqual(["unavailable", "modelled 1.5"]);
  const { whole } = await meter.close();
  expect(cpuOf(whole.readings)[0]).toMatch(/^counter /);
});

test("the whole machine's estimate and the doctor rest on the counter, not on what stands in for it", async () => {
  const { world, pass } = await machine({ FRUGAL_SCOPE: "node", FRUGAL_CPU_WATTS: "" });
  const meter = await openMeter(world, { sampling: "here" });
  await pass(4);
  const node = (await meter.close()).whole.readings.find(({ component }) => component === "node");
  const parts = node?.kind === "available" ? node.notes.join() : "";
  expect(parts).toContain("by sensord");
  expect(parts).not.toContain("busy time");
  const checking = checkSensors(world);
  for (let second = 0; second < 6; second++) await pass(1);
  const checks = (await checking).filter(
    ({ component, source }) => component === "cpu" && source !== "powercap",
  );
  expect(checks.map(({ state }) => state)).toEqual(["measured"]);
});
