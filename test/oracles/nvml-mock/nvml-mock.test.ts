/** The binding of NVML's prototypes against a real C library: out-pointers, 64-bit integers, structs, text. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openNvml } from "../../../src/energy/gpu/nvml.ts";
import { NvmlError } from "../../../src/energy/gpu/nvml-errors.ts";
import { openGpus } from "../../../src/energy/gpu/open-gpus.ts";
import { nodeNative } from "../../../src/host/node-native.ts";
import { fakeWorld } from "../../support/fake-world.ts";

const folder = mkdtempSync(join(tmpdir(), "frugal-nvml-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Undefined without a C compiler. */
function compiled(): string | undefined {
  const target = join(folder, "libnvidia-ml-mock.so");
  const source = join(import.meta.dirname, "nvml-mock.c");
  try {
    execFileSync("cc", ["-shared", "-fPIC", "-Wall", "-Werror", "-o", target, source], { stdio: "pipe" });
    return target;
  } catch (thrown) {
    if ((thrown as { code?: string }).code === "ENOENT") return undefined;
    throw thrown;
  }
}

const path = process.platform === "win32" ? undefined : compiled();
const why = path === undefined ? " (skipped: no C compiler `cc`)" : "";

describe.skipIf(path === undefined)(`NVML from C${why}`, () => {
  const library = () => {
    const opened = nodeNative.open([path!]);
    if ("reason" in opened) throw new Error(opened.reason);
    return opened;
  };

  test("every prototype carries its values through", () => {
    const nvml = openNvml(library());
    expect([nvml.driverVersion, nvml.count]).toEqual(["580.95.05", 2]);
    const [first, second] = [nvml.handleAt(0), nvml.handleAt(1)];
    expect(nvml.uuid(first)).toBe("GPU-11111111-0000-0000-0000-000000000000");
    expect(nvml.name(second)).toBe("Mock GPU");
    const energy = nvml.energyMj(second);
    expect(energy).toBeGreaterThanOrEqual(123_457_789_012_345);
    expect(nvml.energyMj(second) - energy).toBe(1_000);
    expect([nvml.powerMw(first), nvml.powerMw(second)]).toEqual([70_000, 70_001]);
    expect([nvml.instantPowerMw(first), nvml.instantPowerMw(second)]).toEqual([81_234, 91_234.5]);
    expect(nvml.powerLimitMw(first)).toBe(4_000_000_000);
    expect(nvml.architecture(first)).toBe(9);
    expect(nvml.isPartitioned(second)).toBe(true);
    expect(() => nvml.isPartitioned(first)).toThrow(NvmlError);
    expect(nvml.parentOf("MIG-33333333-0000-0000-0000-000000000000")).toBe(nvml.uuid(second));
    expect(() => nvml.parentOf("MIG-nowhere")).toThrow(/not found/);
    expect(nvml.processes(first, 0n)).toEqual([
      { pid: 4_000_000_001, stamp: 1_700_000_000_000_001n, smPercent: 60 },
      { pid: 42, stamp: 1_700_000_000_000_002n, smPercent: 20 },
    ]);
    expect(() => nvml.processes(first, 1_700_000_000_000_002n)).toThrow(/NVML error 6/);
    nvml.shutdown();
    expect(() => nvml.powerMw(first)).toThrow(/NVML error 1/);
  });

  test("both boards are counted by it, the partitioned one as a whole", async () => {
    const native = { open: () => library() };
    const world = fakeWorld({ files: { "/proc/driver/nvidia/version": "NVRM" }, native });
    const { sensors, unavailable } = await openGpus({ world });
    expect(unavailable).toEqual([]);
    expect(sensors.map((each) => each.method)).toEqual(["counter", "counter"]);
    world.clock.advance(1);
    for (const sensor of sensors) expect(sensor.sample(1).joules).toBeGreaterThan(1);
    expect(sensors[1]!.notes().join()).toContain("MIG");
    for (const sensor of sensors) sensor.close!();
  });
});
