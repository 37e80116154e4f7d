/** The bindings of macOS' and Windows' libraries against real C libraries with their signatures and structures. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Native } from "../../../src/core/ports.ts";
import { partEnergies } from "../../../src/energy/apple/energy-channels.ts";
import { openIoReport } from "../../../src/energy/apple/io-report.ts";
import { openEmiDevices } from "../../../src/energy/windows/emi.ts";
import { nodeNative } from "../../../src/host/node-native.ts";

const folder = mkdtempSync(join(tmpdir(), "frugal-mocks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Undefined without a C compiler. */
function compiled(name: string): string | undefined {
  const target = join(folder, `${name}.so`);
  const source = join(import.meta.dirname, `${name}.c`);
  try {
    execFileSync("cc", ["-shared", "-fPIC", "-Wall", "-Werror", "-o", target, source], { stdio: "pipe" });
    return target;
  } catch (thrown) {
    if ((thrown as { code?: string }).code === "ENOENT") return undefined;
    throw thrown;
  }
}

const hasCompiler = process.platform !== "win32";
const [apple, emi] = hasCompiler ? [compiled("apple-mock"), compiled("emi-mock")] : [];
const why = apple === undefined ? " (skipped: no C compiler `cc`)" : "";

/** Every library is the mock, whatever it is called. */
const instead = (path: string): Native => ({ open: () => nodeNative.open([path]) });
const count = (path: string, prototype: string): unknown => {
  const library = nodeNative.open([path]);
  return "reason" in library ? library.reason : library.bind(prototype)?.();
};

describe.skipIf(apple === undefined)(`system libraries from C${why}`, () => {
  test("CoreFoundation and IOReport: differences of 64-bit counters, and nothing that is not given back", () => {
    const report = openIoReport(instead(apple!));
    for (let sample = 0; sample < 3; sample++) {
      const parts = partEnergies(report.read());
      expect(parts.get("cpu")).toBeCloseTo(1.5, 9);
      expect(parts.get("gpu")).toBeCloseTo(2.5, 9);
    }
    report.close();
    report.close();
    expect(report.read()).toEqual([]);
    expect(count(apple!, "int mock_alive(void)")).toBe(0);
  });

  test("the Energy Meter Interface: paths, handles, packed names and measurements", () => {
    const [device, ...others] = openEmiDevices(instead(emi!));
    expect(others).toEqual([]);
    const first = device!.read();
    expect(first.map(({ name }) => name)).toEqual(["RAPL_Package0_PKG", "RAPL_Package0_DRAM"]);
    const second = device!.read();
    // 1 mWh and 2 mWh.
    expect(second[0]!.joules - first[0]!.joules).toBeCloseTo(3.6, 9);
    expect(second[1]!.joules - first[1]!.joules).toBeCloseTo(7.2, 9);
    expect(count(emi!, "int mock_handles(void)")).toBe(1);
    device!.close();
    expect(count(emi!, "int mock_handles(void)")).toBe(0);
  });
});
