/** Apple chips through the suite that every sensor passes, on simulated libraries: no Mac was at hand. */
import { describe, expect, test } from "vitest";
import { type AppleOptions, fakeApple } from "../../../test/support/fake-apple.ts";
import { fakeNative } from "../../../test/support/fake-native.ts";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { type SensorRig, sensorSuite } from "../../../test/support/sensor-suite.ts";
import { settle } from "../../../test/support/settle.ts";
import type { Exit, RunningPipe } from "../../core/ports.ts";
import { openSensors } from "../open-sensors.ts";
import { type ChannelEnergy, partEnergies } from "./energy-channels.ts";
import { parsePowerReport } from "./power-metrics.ts";

const MAC = { os: "darwin", arch: "arm64", cpuModel: "Apple M1 Max" };
const UNITS = {
  cpu: ["CPU Energy", "mJ"],
  gpu: ["GPU Energy", "nJ"],
  npu: ["ANE0", "mJ"],
  ram: ["DRAM0", "mJ"],
} as const;
const PER_JOULE: Readonly<Record<string, number>> = { mJ: 1e3, nJ: 1e9 };

/** A chip of which all parts draw the same, beside the many channels that lie inside others. */
function macRig(options?: { readonly failAt?: number }): SensorRig & { readonly alive: () => number } {
  let joules = 5;
  let broken = false;
  const channels = (): ChannelEnergy[] => [
    { name: "EACC_CPU0", unit: "mJ", value: joules * 300 },
    ...Object.values(UNITS).map(([name, unit]) => ({ name, unit, value: joules * PER_JOULE[unit]! })),
    { name: "ANE0_SRAM", unit: "mJ", value: joules * 100 },
  ];
  const apple = fakeApple(channels);
  // What the system fails to give is NULL, here 0; that strings and arrays of its own fail is not a way it goes wrong.
  const native = fakeNative(apple.libraries, {
    before: (call, name) =>
      name.startsWith("IOReportCreateSamples") && (broken || call === options?.failAt) ? 0 : undefined,
  });
  const world = fakeWorld({ native, machine: MAC });
  return {
    alive: apple.alive,
    open: () => openSensors(world),
    now: () => world.clock.now(),
    breakReads: (now) => {
      broken = now;
    },
    draw(watts, seconds) {
      joules += watts * seconds;
      world.clock.advance(seconds);
    },
  };
}

const opening =
  (
    options: AppleOptions,
    channels: readonly ChannelEnergy[] = [{ name: "CPU Energy", unit: "mJ", value: 5 }],
    machine = {},
  ) =>
  () => {
    const native = fakeNative(fakeApple(() => channels, options).libraries);
    return openSensors(fakeWorld({ native, machine: { ...MAC, ...machine } }));
  };

for (const component of ["cpu", "gpu", "npu", "ram"] as const) {
  sensorSuite(`Apple IOReport: ${component}`, {
    component,
    boundary: "machine",
    method: "counter",
    tolerance: 1e-3,
    rig: macRig,
    ...(component === "cpu" && {
      unavailable: {
        "no IOReport library": opening({ lacks: "library" }),
        "a system without energy channels": opening({ lacks: "channels" }),
        "a refused subscription": opening({ lacks: "subscription" }),
        "channels that nobody knows": opening({}, [{ name: "DTL0", unit: "mJ", value: 5 }]),
        "a unit that nobody knows": opening({}, [{ name: "CPU Energy", unit: "mWh", value: 5 }]),
        "an Intel Mac": opening({}, [], { arch: "x64" }),
      },
    }),
  });
}

test("everything that the system handed out is given back, also after failures", async () => {
  for (const failAt of [undefined, 20, 60, 200]) {
    const rig = macRig(failAt === undefined ? {} : { failAt });
    const { sensors } = await rig.open();
    for (let sample = 0; sample < 5; sample++) {
      await rig.draw(10, 1);
      for (const sensor of sensors) sensor.sample(rig.now());
    }
    for (const sensor of sensors) sensor.close?.();
    expect(rig.alive()).toBe(0);
  }
  for (const lacks of ["channels", "subscription"] as const) {
    const apple = fakeApple(() => [], { lacks });
    await openSensors(fakeWorld({ native: fakeNative(apple.libraries), machine: MAC }));
    expect(apple.alive()).toBe(0);
  }
});

test("one reading of the chip serves all of its sensors", async () => {
  const rig = macRig();
  const { sensors } = await rig.open();
  await rig.draw(10, 1);
  const chip = sensors.filter(({ method }) => method === "counter");
  expect(chip.map((sensor) => sensor.sample(rig.now()).joules)).toEqual(
    [10, 10, 10, 10].map((each) => expect.closeTo(each, 3)),
  );
});

test("channels that are renewed seldom are not covered until they are", async () => {
  let joules = 5;
  const apple = fakeApple(() => [{ name: "CPU Energy", unit: "mJ", value: joules * 1e3 }]);
  const world = fakeWorld({ native: fakeNative(apple.libraries), machine: MAC });
  const { sensors } = await openSensors(world);
  const cpu = sensors.find(({ component }) => component === "cpu")!;
  const after = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      world.clock.advance(1);
      cpu.sample(world.clock.now());
    }
    return cpu.sample(world.clock.now());
  };
  expect(after(20).coveredS).toBeLessThan(4);
  expect(cpu.notes().join()).toContain("stood still");
  joules += 300;
  expect(after(1)).toMatchObject({ joules: expect.closeTo(300, 6), coveredS: 21 });
});

describe("channels of published chips", () => {
  const mJ = (names: Record<string, number>) =>
    Object.entries(names).map(([name, value]) => ({ name, unit: "mJ", value: 1e3 * value }));
  test.each([
    [
      "a plain chip",
      mJ({ "CPU Energy": 4, EACC_CPU: 1, PACC0_CPU: 3, "GPU Energy": 2, ANE: 1, DRAM: 0.5, "GPU SRAM": 9 }),
      [4, 2, 1, 0.5],
    ],
    [
      "an Ultra",
      mJ({
        "DIE_0_CPU Energy": 4,
        "DIE_1_CPU Energy": 3,
        "GPU Energy": 2,
        GPU0_0: 9,
        ANE0_0: 1,
        ANE0_1: 2,
        ANE0_SRAM: 9,
        DRAM0_0: 1,
        DRAM0_1: 1,
      }),
      [7, 2, 3, 2],
    ],
    [
      "one with a total beside its dies",
      mJ({ "CPU Energy": 7, "DIE_0_CPU Energy": 4, "DIE_1_CPU Energy": 3, GPU: 1 }),
      [7, 1, undefined, undefined],
    ],
    [
      "an old one without a GPU total",
      mJ({ "CPU Energy": 1, GPU0_0: 2, GPU0_1: 3, PCPUDTL00: 9 }),
      [1, 5, undefined, undefined],
    ],
  ])("%s: no part is counted twice", (_, channels, joules) => {
    const parts = partEnergies(channels);
    (["cpu", "gpu", "npu", "ram"] as const).forEach((part, index) => {
      if (joules[index] === undefined) expect(parts.has(part)).toBe(false);
      else expect(parts.get(part)).toBeCloseTo(joules[index], 9);
    });
  });
});

/** As powermetrics(1) writes it with -f plist, shortened. */
const report = (cpuMj: number, ns = 1_000_000_000): string => `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>elapsed_ns</key><integer>${ns}</integer>
<key>tasks</key><array><dict><key>ane_energy</key><integer>99</integer></dict></array>
<key>processor</key><dict>
<key>cpu_energy</key><integer>${cpuMj}</integer><key>cpu_power</key><real>${cpuMj}</real>
<key>gpu_energy</key><real>50.5</real><key>ane_energy</key><integer>0</integer>
</dict></dict></plist>
`;

function commandOf(): RunningPipe & {
  say(text: string): void;
  end(exit: Exit, error: string): void;
  readonly killed: () => string[];
} {
  let listen: (text: string) => void = () => {};
  let finish: (exit: Exit) => void = () => {};
  let tail = "";
  const killed: string[] = [];
  return {
    pid: 7,
    onOutput: (listener) => {
      listen = listener;
    },
    exit: new Promise((resolve) => {
      finish = resolve;
    }),
    errorTail: () => tail,
    kill: (signal) => void killed.push(signal),
    killed: () => killed,
    say: (text) => listen(text),
    end(exit, error) {
      tail = error;
      finish(exit);
    },
  };
}

function macWithout(running: RunningPipe) {
  const fake = fakeWorld({ machine: MAC });
  return { ...fake, processes: { ...fake.processes, pipe: () => running } };
}

test("powermetrics stands in where IOReport cannot be read; its reports may come in pieces", async () => {
  const running = commandOf();
  const world = macWithout(running);
  const opening = openSensors(world);
  await settle();
  running.say(report(200).slice(0, 100));
  running.say(`${report(200).slice(100)}\0`);
  const { sensors } = await opening;
  const cpu = sensors.find(({ component }) => component === "cpu")!;
  expect(cpu.source).toContain("powermetrics");
  for (let second = 0; second < 5; second++) {
    world.clock.advance(1);
    running.say(`${report(2_000)}\0`);
  }
  expect(cpu.sample(world.clock.now())).toMatchObject({
    joules: expect.closeTo(10, 9),
    coveredS: expect.closeTo(5, 9),
  });
  running.end({ code: 1, signal: null }, "killed");
  await settle();
  world.clock.advance(10);
  expect(cpu.sample(world.clock.now()).coveredS).toBeCloseTo(5, 9);
  expect(cpu.notes().join()).toContain("killed");
  for (const sensor of sensors) sensor.close?.();
  expect(running.killed()).toEqual(["SIGTERM"]);
});

test("without root, and without an answer, the reasons of both ways are told", async () => {
  const refused = commandOf();
  const first = openSensors(macWithout(refused));
  await settle();
  refused.end({ code: 1, signal: null }, "powermetrics must be invoked as the superuser");
  const reasonOf = async (found: typeof first) =>
    (await found).unavailable.find(({ source }) => source.includes("IOReport"))?.reason;
  expect(await reasonOf(first)).toMatch(/no such library.*must be invoked as the superuser/);

  const silent = commandOf();
  const world = macWithout(silent);
  const second = openSensors(world);
  await settle();
  world.clock.advance(6);
  expect(await reasonOf(second)).toContain("no report within 5 s");
  expect(silent.killed()).toEqual(["SIGTERM"]);
});

test("a report gives the energies of the chip, not those of tasks; what is none gives nothing", () => {
  expect(parsePowerReport(report(1_500, 2e9))).toEqual({
    seconds: 2,
    joules: new Map([
      ["cpu", 1.5],
      ["gpu", expect.closeTo(0.0505, 9)],
      ["npu", 0],
    ]),
  });
  expect(parsePowerReport("")).toBeUndefined();
  expect(parsePowerReport("<plist><dict></dict></plist>")).toBeUndefined();
});
