import { expect, test } from "vitest";
import { fakeWorld, SystemError } from "../../../test/support/fake-world.ts";
import { openGpus } from "./open-gpus.ts";

const PCI = "/sys/bus/pci/devices";
type Files = Record<string, string>;

const device = (address: string, vendor: string, more: Files = {}): Files => ({
  [`${PCI}/${address}/class`]: "0x030000\n",
  [`${PCI}/${address}/vendor`]: `${vendor}\n`,
  [`${PCI}/${address}/device`]: "0x7408\n",
  ...Object.fromEntries(Object.entries(more).map(([name, text]) => [`${PCI}/${address}/${name}`, text])),
});
const amd = (address: string, watts: number, more: Files = {}): Files =>
  device(address, "0x1002", {
    "hwmon/hwmon3/name": "amdgpu\n",
    "hwmon/hwmon3/power1_average": `${watts * 1e6}\n`,
    ...more,
  });

async function open(files: Files) {
  const world = fakeWorld({ files });
  const put = (path: string, text: string): void =>
    void world.stored.set(`${PCI}/${path}`, new TextEncoder().encode(text));
  return { ...(await openGpus({ world })), world, put };
}

test("an AMD board is integrated from the average power that its firmware takes", async () => {
  const { sensors, unavailable, world } = await open(amd("0000:03:00.0", 150));
  expect(unavailable).toEqual([]);
  expect(sensors[0]?.source).toBe("amdgpu hwmon: power1_average of AMD GPU 0000:03:00.0");
  world.clock.advance(4);
  expect(sensors[0]!.sample(4).joules).toBeCloseTo(600, 6);
});

test("newer boards that tell only their present power are read as well", async () => {
  const more = { "hwmon/hwmon3/name": "amdgpu", "hwmon/hwmon3/power1_input": "90000000" };
  const { sensors, world } = await open(device("0000:03:00.0", "0x1002", more));
  world.clock.advance(1);
  expect(sensors[0]!.sample(1).joules).toBeCloseTo(90, 6);
});

test("a power file that cannot be read gives way to the next one", async () => {
  const { sensors, world } = await open(
    amd("0000:03:00.0", 0, { "hwmon/hwmon3/power1_average": "N/A", "hwmon/hwmon3/power1_input": "70000000" }),
  );
  world.clock.advance(1);
  expect(sensors[0]!.sample(1).joules).toBeCloseTo(70, 6);
});

test("of two dies on one board the one that reads 0 is in the reading of the other", async () => {
  const { sensors, unavailable } = await open({ ...amd("0000:c1:00.0", 300), ...amd("0000:c2:00.0", 0) });
  expect(sensors).toHaveLength(1);
  expect(sensors[0]?.notes().join()).toContain("contains them");
  expect(unavailable).toEqual([]);
});

test("a board that reads 0 alone is unavailable, not free", async () => {
  const { sensors, unavailable } = await open(amd("0000:c1:00.0", 0));
  expect(sensors).toEqual([]);
  expect(unavailable[0]).toMatchObject({ component: "gpu", reason: expect.stringContaining("read 0") });
});

test("an APU's reading contains the CPU and is never added to it", async () => {
  const { sensors, unavailable } = await open(
    amd("0000:03:00.0", 25, { "hwmon/hwmon3/in1_label": "vddnb\n" }),
  );
  expect(sensors).toEqual([]);
  expect(unavailable[0]?.reason).toContain("contains the CPU");
});

test("a sleeping board is not woken and draws nothing", async () => {
  const files = amd("0000:03:00.0", 50, { "power/runtime_status": "suspended\n" });
  const { sensors, world, put } = await open(files);
  world.clock.advance(5);
  expect(sensors[0]!.sample(5)).toEqual({ joules: 0, coveredS: expect.closeTo(5, 6) });
  expect(sensors[0]!.notes().join()).toContain("not woken");
  put("0000:03:00.0/power/runtime_status", "active\n");
  world.clock.advance(10);
  expect(sensors[0]!.sample(15).joules).toBeGreaterThan(490);
});

test.each([
  ["i915", "energy1_input"],
  ["xe", "energy1_input"],
  ["xe", "energy2_input"],
])("an Intel board is counted by %s's %s", async (driver, file) => {
  const path = "0000:03:00.0/hwmon/hwmon1";
  const { sensors, world, put } = await open(
    device("0000:03:00.0", "0x8086", {
      // i915 also shows each tile, which is a part of the board.
      "hwmon/hwmon0/name": "i915_gt0\n",
      "hwmon/hwmon0/energy1_input": "1\n",
      "hwmon/hwmon1/name": `${driver}\n`,
      [`hwmon/hwmon1/${file}`]: "5000000\n",
    }),
  );
  expect([sensors.length, sensors[0]?.method]).toEqual([1, "counter"]);
  put(`${path}/${file}`, "25000000\n");
  world.clock.advance(1);
  expect(sensors[0]!.sample(1).joules).toBeCloseTo(20, 6);
});

test("a GPU inside an Intel CPU has no reading of its own and is no gap", async () => {
  expect(await open(device("0000:00:02.0", "0x8086"))).toMatchObject({ sensors: [], unavailable: [] });
});

test("a board that its user may not read, and one without a driver, say what helps", async () => {
  const files = { ...amd("0000:03:00.0", 50), ...device("0000:04:00.0", "0x1002") };
  const world = fakeWorld({ files });
  const readTextSync = (path: string): string => {
    if (path.endsWith("power1_average")) throw new SystemError("EACCES", path);
    return world.files.readTextSync(path);
  };
  const { unavailable } = await openGpus({
    world: { ...world, files: { ...world.files, readTextSync } },
  });
  expect(unavailable.map((each) => [each.source, each.remedy])).toEqual([
    ["AMD GPU 0000:03:00.0", expect.stringContaining("chmod a+r")],
    ["AMD GPU 0000:04:00.0", expect.stringContaining("modprobe amdgpu")],
  ]);
});
