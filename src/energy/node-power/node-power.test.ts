/** Meters of the machine itself through the suite that every sensor passes, and what each kind of hardware shows. */
import { expect, test } from "vitest";
import { fakeController, link, list } from "../../../test/support/fake-redfish.ts";
import { type FakeOptions, fakeWorld, SystemError } from "../../../test/support/fake-world.ts";
import { type SensorRig, sensorSuite } from "../../../test/support/sensor-suite.ts";
import { settle } from "../../../test/support/settle.ts";
import { simulatedMeter } from "../../../test/support/simulated-meter.ts";
import { openSensors } from "../open-sensors.ts";
import { hwmonChips, namedPower, nodePowers } from "./hwmon-chips.ts";

const WATTS = 20;
const ACPI = "/sys/class/hwmon/hwmon1";
const BATTERY = "/sys/class/power_supply/BAT0";

/** @param show files that tell the power of the last second. */
function fileRig(
  show: (watts: number) => Record<string, string>,
  options?: { readonly failAt?: number },
): SensorRig {
  const fake = fakeWorld({
    files: show(WATTS),
    ...(options?.failAt !== undefined && { failAt: { call: options.failAt, code: "EIO" } }),
  });
  let broken = false;
  const meter = simulatedMeter(fake.clock, WATTS, (watts) => {
    for (const [path, text] of Object.entries(show(watts)))
      fake.stored.set(path, new TextEncoder().encode(text));
  });
  const readTextSync = (path: string): string => {
    if (broken) throw new SystemError("EIO", path);
    return fake.files.readTextSync(path);
  };
  return {
    async open() {
      const found = await openSensors({ ...fake, files: { ...fake.files, readTextSync } });
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

const acpi = (watts: number) => ({
  [`${ACPI}/name`]: "power_meter\n",
  [`${ACPI}/power1_average`]: `${Math.round(1e6 * watts)}\n`,
  [`${ACPI}/power1_average_interval`]: "1000\n",
  [`${ACPI}/power1_accuracy`]: "98.0%\n",
  [`${ACPI}/power1_is_battery`]: "0\n",
});
const node = {
  component: "node",
  boundary: "machine",
  method: "integrated",
  tolerance: 0.05,
  watts: WATTS,
} as const;

sensorSuite("ACPI power meter", {
  ...node,
  rig: (options) => fileRig(acpi, options),
  unavailable: {
    "a meter that holds no number": () =>
      openSensors(fakeWorld({ files: { ...acpi(5), [`${ACPI}/power1_average`]: "x" } })),
    "a chip that was named and is not there": () =>
      openSensors(fakeWorld({ env: { FRUGAL_METER: "hwmon:ina226" } })),
  },
});

const battery = (watts: number, status = "Discharging") => ({
  [`${BATTERY}/type`]: "Battery\n",
  [`${BATTERY}/status`]: `${status}\n`,
  [`${BATTERY}/current_now`]: `${Math.round((1e6 * watts) / 12)}\n`,
  [`${BATTERY}/voltage_now`]: "12000000\n",
});

sensorSuite("battery that is discharged", {
  ...node,
  rig: (options) => fileRig((watts) => battery(watts), options),
  unavailable: {
    "a battery that tells neither power nor current": () =>
      openSensors(
        fakeWorld({ files: { [`${BATTERY}/type`]: "Battery", [`${BATTERY}/status`]: "Discharging" } }),
      ),
  },
});

const BMC = {
  FRUGAL_REDFISH_URL: "https://bmc",
  FRUGAL_REDFISH_USER: "reader",
  FRUGAL_REDFISH_PASSWORD: "secret",
};
const chassis = (more: object) => ({
  "/redfish/v1/": { Chassis: link("/redfish/v1/Chassis") },
  "/redfish/v1/Chassis": list("/redfish/v1/Chassis/1"),
  "/redfish/v1/Chassis/1": { Id: "1", ...more },
});
const modern = (watts: () => number) => ({
  ...chassis({ EnvironmentMetrics: link("/redfish/v1/Chassis/1/EnvironmentMetrics") }),
  "/redfish/v1/Chassis/1/EnvironmentMetrics": () => ({ PowerWatts: { Reading: watts() } }),
});
const controllerOf = (resources: Record<string, unknown>, hasSessions = true) =>
  fakeController({ user: "reader", password: "secret", hasSessions, resources });

function redfishRig(options?: { readonly failAt?: number }): SensorRig {
  const fake = fakeWorld({ env: BMC });
  const meter = simulatedMeter(fake.clock, WATTS);
  const controller = controllerOf(modern(meter.watts));
  let [broken, calls] = [false, 0];
  const fetch: typeof controller.fetch = (url, init) => {
    calls++;
    if (broken || calls === options?.failAt) return Promise.reject(new TypeError("fetch failed"));
    return controller.fetch(url, init);
  };
  return {
    async open() {
      const found = await openSensors({ ...fake, fetch });
      await settle(20);
      return found;
    },
    now: () => fake.clock.now(),
    breakReads: (now) => {
      broken = now;
    },
    draw: meter.draw,
  };
}

const opening =
  (resources: Record<string, unknown>, env: FakeOptions["env"] = {}) =>
  () =>
    openSensors({ ...fakeWorld({ env: { ...BMC, ...env } }), fetch: controllerOf(resources).fetch });

sensorSuite("management controller by Redfish", {
  ...node,
  rig: redfishRig,
  unavailable: {
    "a controller that is away": () => openSensors(fakeWorld({ env: BMC })),
    "a wrong password": opening(
      modern(() => 5),
      { FRUGAL_REDFISH_PASSWORD: "wrong" },
    ),
    "a chassis without a power": opening(chassis({})),
    "another chassis than is there": opening(
      modern(() => 5),
      { FRUGAL_REDFISH_CHASSIS: "2" },
    ),
    "a controller without chassis": opening({ "/redfish/v1/": {}, "/redfish/v1/Chassis": list() }),
    "a controller that reads 0": opening(modern(() => 0)),
  },
});

const nodeSource = async (world: Parameters<typeof openSensors>[0]) => {
  const { sensors } = await openSensors(world);
  const found = sensors.filter(({ component }) => component === "node");
  for (const each of sensors) each.close?.();
  return found.map(({ source }) => source);
};

test.each([
  ["EnvironmentMetrics", modern(() => 300), "EnvironmentMetrics.PowerWatts"],
  [
    "Power",
    {
      ...chassis({ Power: link("/p") }),
      "/p": { PowerControl: [{ PowerConsumedWatts: 300 }, { PowerConsumedWatts: 40 }] },
    },
    "PowerConsumedWatts",
  ],
  [
    "PowerSubsystem",
    {
      ...chassis({ PowerSubsystem: link("/s") }),
      "/s": { PowerSupplies: link("/s/all") },
      "/s/all": list("/s/1", "/s/2", "/s/3"),
      "/s/1": { Metrics: link("/s/1/m") },
      "/s/2": { Metrics: link("/s/2/m") },
      "/s/3": {},
      "/s/1/m": { InputPowerWatts: { Reading: 160 } },
      "/s/2/m": { InputPowerWatts: { Reading: 140 } },
    },
    "input power of all supplies",
  ],
])("a controller of the kind %s is read without a word of the user", async (_, resources, source) => {
  const fake = fakeWorld({ env: BMC });
  const { sensors } = await openSensors({ ...fake, fetch: controllerOf(resources).fetch });
  const sensor = sensors.find(({ component }) => component === "node")!;
  expect(sensor.source).toContain(source);
  await settle(20);
  await simulatedMeter(fake.clock, 0).draw(0, 10);
  expect(sensor.sample(fake.clock.now()).joules).toBeCloseTo(3_000, 6);
});

test.each([true, false])(
  "sessions (%s): opened once, renewed when they expire, ended on close",
  async (hasSessions) => {
    const fake = fakeWorld({ env: BMC });
    const controller = controllerOf(
      modern(() => 300),
      hasSessions,
    );
    const { sensors } = await openSensors({ ...fake, fetch: controller.fetch });
    const sensor = sensors.find(({ component }) => component === "node")!;
    const meter = simulatedMeter(fake.clock, 0);
    // The first answer is there before the time that is to be covered begins.
    await settle(20);
    await meter.draw(0, 4);
    controller.expire();
    await meter.draw(0, 6);
    expect(sensor.sample(fake.clock.now()).coveredS).toBeCloseTo(10, 6);
    expect(controller.sessions()).toBe(hasSessions ? 1 : 0);
    expect(controller.asked.filter((each) => each.startsWith("POST"))).toHaveLength(hasSessions ? 2 : 1);
    sensor.close?.();
    await settle();
    expect(controller.sessions()).toBe(0);
  },
);

test("neither password nor address reaches a reading, and nothing is sent in the clear", async () => {
  const { sensors, unavailable } = await openSensors(fakeWorld({ env: BMC }));
  expect(JSON.stringify([...sensors.map((each) => [each.source, ...each.notes()]), unavailable])).not.toMatch(
    /secret|bmc/,
  );
  await expect(
    openSensors(fakeWorld({ env: { ...BMC, FRUGAL_REDFISH_URL: "http://bmc" } })),
  ).rejects.toMatchObject({
    code: "bad-option",
    why: "the password would travel in the clear",
  });
});

test("a certificate that nobody vouches for is refused unless the user says otherwise", async () => {
  const asked: unknown[] = [];
  const fetch = (_: string, init?: { allowSelfSigned?: boolean }) => {
    asked.push(init?.allowSelfSigned);
    return Promise.reject(new TypeError("fetch failed", { cause: new Error("self-signed certificate") }));
  };
  const { unavailable } = await openSensors({ ...fakeWorld({ env: BMC }), fetch });
  const missing = unavailable.find(({ component }) => component === "node");
  expect(missing?.reason).toContain("self-signed");
  expect(missing?.remedy).toContain("FRUGAL_REDFISH_SELF_SIGNED=1");
  await openSensors({ ...fakeWorld({ env: { ...BMC, FRUGAL_REDFISH_SELF_SIGNED: "1" } }), fetch });
  expect(asked).toEqual([undefined, true]);
});

test("an OpenPOWER machine's own power is the one that is labelled as the system's", () => {
  const files = {
    "/sys/class/hwmon/hwmon0/name": "ibmpowernv\n",
    "/sys/class/hwmon/hwmon0/power1_label": "Chip 0 Vdd\n",
    "/sys/class/hwmon/hwmon0/power1_input": "61000000\n",
    "/sys/class/hwmon/hwmon0/power2_label": "System\n",
    "/sys/class/hwmon/hwmon0/power2_input": "312000000\n",
  };
  expect(nodePowers(fakeWorld({ files }).files)).toMatchObject([
    { path: "/sys/class/hwmon/hwmon0/power2_input" },
  ]);
});

test("an ACPI meter says how sure it is, also where its files lie deeper; one of a battery is none of the machine", () => {
  const deeper = Object.fromEntries(
    Object.entries(acpi(5)).map(([path, text]) => [path.replace(ACPI, `${ACPI}/device`), text]),
  );
  const [power] = nodePowers(fakeWorld({ files: deeper }).files);
  expect(power?.accuracy).toBeCloseTo(0.02, 9);
  expect(power?.path).toBe(`${ACPI}/device/power1_average`);
  const ofBattery = { ...acpi(5), [`${ACPI}/power1_is_battery`]: "1" };
  expect(nodePowers(fakeWorld({ files: ofBattery }).files)).toEqual([]);
});

test("a chip on a board is the whole machine only by the user's word", async () => {
  const files = {
    "/sys/class/hwmon/hwmon2/name": "ina226\n",
    "/sys/class/hwmon/hwmon2/power1_input": "5000000\n",
    "/sys/class/hwmon/hwmon2/curr1_input": "1000\n",
  };
  expect(await nodeSource(fakeWorld({ files }))).toEqual([]);
  for (const name of ["ina226", "hwmon2/power1_input"])
    expect(await nodeSource(fakeWorld({ files, env: { FRUGAL_METER: `hwmon:${name}` } }))).toEqual([
      "external meter: hwmon ina226/power1_input",
    ]);
  const world = fakeWorld({ files });
  expect(hwmonChips(world.files)).toHaveLength(1);
  expect(() => namedPower(world.files, "ina226/curr1_input")).toThrow(
    "there are hwmon2/power1_input (ina226)",
  );
});

test("a machine on mains, or with nothing but a mouse's battery, has no battery reading", async () => {
  expect(await nodeSource(fakeWorld({ files: battery(10, "Charging") }))).toEqual([]);
  expect(await nodeSource(fakeWorld({ files: battery(10, "Full") }))).toEqual([]);
  expect(await nodeSource(fakeWorld({ files: { ...battery(10), [`${BATTERY}/scope`]: "Device" } }))).toEqual(
    [],
  );
});

test("plugged in while measuring: what was counted stays, the rest is not covered", async () => {
  const fake = fakeWorld({ files: { ...battery(12), [`${BATTERY}/power_now`]: "-12000000\n" } });
  const { sensors } = await openSensors(fake);
  const sensor = sensors.find(({ component }) => component === "node")!;
  const meter = simulatedMeter(fake.clock, 12);
  await meter.draw(12, 10);
  expect(sensor.sample(fake.clock.now()).joules).toBeCloseTo(120, 6);
  fake.stored.set(`${BATTERY}/status`, new TextEncoder().encode("Charging\n"));
  await meter.draw(12, 10);
  expect(sensor.sample(fake.clock.now()).coveredS).toBeLessThan(12);
  expect(sensor.notes().join()).toContain("plugged in");
});
