/** External meters through the suite that every sensor passes, with readings once per second. */
import { type FakeWorld, fakeWorld, SystemError } from "../../../test/support/fake-world.ts";
import { type SensorRig, sensorSuite } from "../../../test/support/sensor-suite.ts";
import { settle } from "../../../test/support/settle.ts";
import { simulatedMeter } from "../../../test/support/simulated-meter.ts";
import { openSensors } from "../open-sensors.ts";

const FILE = "/var/log/power.csv";
const WATTS = 20;
/** Power within a second is not known. */
const TOLERANCE = 0.05;

const encoder = new TextEncoder();
const stampAt = (world: FakeWorld, afterS: number): string =>
  new Date(Date.parse(world.clock.stamp()) + 1_000 * afterS).toISOString();

function csvRig(quantity: "power" | "energy", options?: { readonly failAt?: number }): SensorRig {
  const header = quantity === "power" ? "time,power_w" : "time,energy_kwh";
  const world = fakeWorld({
    env: { FRUGAL_METER: `csv:${FILE}` },
    ...(options?.failAt !== undefined && { failAt: { call: options.failAt, code: "EIO" } }),
  });
  let broken = false;
  let text = `${header}\n${world.clock.stamp()},${quantity === "power" ? WATTS : 5}\n`;
  const store = (): void => void world.stored.set(FILE, encoder.encode(text));
  const meter = simulatedMeter(world.clock, WATTS, (watts, joules) => {
    const value = quantity === "power" ? watts.toFixed(3) : (5 + joules / 3.6e6).toFixed(9);
    // The row is written when its second is over, which is when the clock gets there.
    text += `${stampAt(world, 1 - (world.clock.now() % 1))},${value}\n`;
    store();
  });
  store();
  const guard = <A extends unknown[], R>(read: (...args: A) => Promise<R>) => {
    return (...args: A): Promise<R> =>
      broken ? Promise.reject(new SystemError("EIO", String(args[0]))) : read(...args);
  };
  const files = { ...world.files, stat: guard(world.files.stat), readBytes: guard(world.files.readBytes) };
  return {
    async open() {
      const found = await openSensors({ ...world, files });
      await settle();
      return found;
    },
    now: () => world.clock.now(),
    breakReads: (now) => {
      broken = now;
    },
    draw: meter.draw,
  };
}

sensorSuite("meter that logs power to CSV", {
  component: "node",
  boundary: "machine",
  method: "integrated",
  tolerance: TOLERANCE,
  watts: WATTS,
  rig: (options) => csvRig("power", options),
  unavailable: {
    "a file that is not there": () => openSensors(fakeWorld({ env: { FRUGAL_METER: `csv:${FILE}` } })),
    "an empty file": () =>
      openSensors(fakeWorld({ env: { FRUGAL_METER: `csv:${FILE}` }, files: { [FILE]: "" } })),
    "a file without a power": () =>
      openSensors(fakeWorld({ env: { FRUGAL_METER: `csv:${FILE}` }, files: { [FILE]: "time,volts\n" } })),
    "a config that is no JSON": () =>
      openSensors(fakeWorld({ env: { FRUGAL_HOME: "/home" }, files: { "/home/config.json": "{" } })),
  },
});

sensorSuite("meter that logs a counter to CSV", {
  component: "node",
  boundary: "machine",
  method: "counter",
  tolerance: TOLERANCE,
  watts: WATTS,
  rig: (options) => csvRig("energy", options),
});

type Answer = (meter: { readonly watts: number; readonly joules: number }) => unknown;
const tasmota: Answer = ({ watts, joules }) => ({
  StatusSNS: { ENERGY: { Total: Number((joules / 3.6e6).toFixed(3)), Power: watts } },
});
const shelly: Answer = ({ watts, joules }) => ({
  id: 0,
  apower: watts,
  aenergy: { total: Number((joules / 3_600).toFixed(3)) },
});

const URL_OF_PLUG = "http://plug/answer";

function httpRig(answer: Answer, options?: { readonly failAt?: number }): SensorRig {
  const fake = fakeWorld({ env: { FRUGAL_METER: URL_OF_PLUG } });
  let broken = false;
  let calls = 0;
  const meter = simulatedMeter(fake.clock, WATTS);
  const world = {
    ...fake,
    fetch: () => {
      calls++;
      if (broken || calls === options?.failAt) return Promise.reject(new TypeError("fetch failed"));
      return Promise.resolve(Response.json(answer({ watts: meter.watts(), joules: meter.joules() })));
    },
  };
  return {
    async open() {
      const found = await openSensors(world);
      await settle();
      return found;
    },
    now: () => fake.clock.now(),
    breakReads: (now) => {
      broken = now;
    },
    draw: meter.draw,
  };
}

const askingFor = (response: () => Promise<Response>, env = {}) =>
  openSensors({ ...fakeWorld({ env: { FRUGAL_METER: URL_OF_PLUG, ...env } }), fetch: response });

sensorSuite("plug that tells its power by HTTP", {
  component: "node",
  boundary: "machine",
  method: "integrated",
  tolerance: TOLERANCE,
  watts: WATTS,
  rig: (options) => httpRig(tasmota, options),
  unavailable: {
    "a plug that is off": () => openSensors(fakeWorld({ env: { FRUGAL_METER: URL_OF_PLUG } })),
    "a plug behind a login": () => askingFor(async () => new Response("", { status: 401 })),
    "an address that is no meter's": () => askingFor(async () => new Response("<html>")),
    "a device of another kind": () => askingFor(async () => Response.json({ temperature: 21 })),
    "offline mode": () => askingFor(async () => Response.json({ watts: 5 }), { HF_HUB_OFFLINE: "1" }),
  },
});

sensorSuite("plug that tells a counter by HTTP", {
  component: "node",
  boundary: "machine",
  method: "counter",
  tolerance: TOLERANCE,
  watts: WATTS,
  rig: (options) => httpRig(shelly, options),
});
