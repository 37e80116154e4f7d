import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import type { SensorCheck } from "../../energy/check-sensors.ts";
import type { Platform } from "../../energy/platform.ts";
import { type Fix, fixesFor } from "./fixes.ts";
import { costOf } from "./verdict.ts";

const MODEL: SensorCheck = {
  component: "cpu",
  source: "model",
  state: "modelled",
  error: { low: 1 / 3, high: 3 },
  notes: [],
};
const GPU: SensorCheck = {
  component: "gpu",
  source: "NVIDIA GPU",
  state: "unusable",
  reason: "no library",
  notes: [],
};
const LINUX: Platform = { os: "linux", arch: "x64", wsl: false, powercap: "denied" };

const fixes = (platform: Partial<Platform>, checks: readonly SensorCheck[] = [MODEL]): readonly Fix[] =>
  fixesFor({
    platform: { ...LINUX, ...platform },
    sensors: checks,
    engines: [],
    places: [],
    carbon: { usable: false, from: "default", notes: [] },
  });
const text = (all: readonly Fix[]): string => all.flatMap(({ lines }) => lines).join("\n");

test("counters that only root reads: group and udev rule, daemon, or tmpfiles", () => {
  expect(text(fixes({}))).toContain("/etc/systemd/system/frugal-sensord.service");
  expect(text(fixes({}))).toContain("/etc/udev/rules.d/");
  expect(text(fixes({}))).toContain("/etc/tmpfiles.d/");
});

test("no counters: the driver on bare metal, nothing of the kind in a virtual machine, under WSL or elsewhere", () => {
  expect(text(fixes({ powercap: "none" }))).toContain("modprobe intel_rapl_msr");
  for (const platform of [{ virtual: "QEMU" }, { wsl: true }, { os: "darwin" }])
    expect(text(fixes({ powercap: "none", ...platform }))).not.toContain("sudo");
});

test("a container gets its own start options, and no commands for a kernel that is not its own", () => {
  for (const [container, option] of [
    ["docker", "docker run --volume"],
    ["podman", "podman run --volume"],
    ["kubernetes", "hostPath"],
  ] as const) {
    const told = text(fixes({ container, powercap: "hidden" }));
    expect(told).toContain(option);
    expect(told).not.toContain("sudo");
  }
  expect(text(fixes({ container: "docker", powercap: "none" }))).not.toContain("--volume");
  expect(text(fixes({ container: "docker", powercap: "none" }, [MODEL, GPU]))).toContain("--gpus all");
  expect(text(fixes({ container: "podman", powercap: "none" }, [MODEL, GPU]))).toContain(
    "nvidia.com/gpu=all",
  );
});

test("nothing to repair where the CPU is measured", () => {
  const measured = { ...MODEL, state: "measured" as const, error: { low: 0.95, high: 1.05 } };
  expect(fixes({ powercap: "readable" }, [measured])).toEqual([]);
});

test("own watts are offered with what they gain on this machine, and not where the model is as sure already", () => {
  const whyOf = (check: Partial<SensorCheck>) =>
    fixes({ powercap: "none", virtual: "QEMU" }, [{ ...MODEL, ...check }])
      .filter(({ title }) => title.includes("own watts"))
      .map(({ why }) => why);
  expect(whyOf({ boundary: "process-tree" })).toEqual([
    expect.stringContaining("± 30 % instead of factor 3. Take"),
  ]);
  const table = { boundary: "machine", error: { low: 1 / 1.5, high: 1.5 } } as const;
  expect(whyOf(table)).toEqual([
    expect.stringMatching(/instead of factor 1.5; .*no longer that of the whole machine/),
  ]);
  expect(whyOf({ error: { low: 0.7, high: 1.3 } })).toEqual([]);
  expect(whyOf({ error: { low: 0.92, high: 1.08 } })).toEqual([]);
});

test("the cost of a counter that cannot be read is the model's error instead of the counter's own", () => {
  const counter: SensorCheck = { component: "cpu", source: "counter", state: "unusable", notes: [] };
  const cost = (os: string) => costOf(counter, [MODEL, counter], { os });
  expect(cost("linux")).toBe("CPU modelled: factor 3 instead of ± 5 %");
  expect(cost("darwin")).toBe("CPU modelled: factor 3 instead of ± 15 %");
  const node: SensorCheck = { ...counter, component: "node" };
  const estimate: SensorCheck = { ...MODEL, component: "node", error: { low: 0.6, high: 1.4 } };
  expect(costOf(node, [node, estimate], { os: "linux" })).toBe(
    "NODE modelled: ± 40 % instead of what the meter is known to",
  );
});

test.each([{}, { powercap: "none" as const }, { container: "docker", powercap: "hidden" as const }])(
  "what is printed for %j is shell, and says how to undo it",
  (platform) => {
    for (const { lines, undo, why } of fixes(platform)) {
      const script = [...lines, ...undo].join("\n").replaceAll("IMAGE …", "image");
      const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
      expect([status, stderr]).toEqual([0, ""]);
      expect(undo.length).toBeGreaterThan(0);
      expect(why).not.toBe("");
    }
  },
);
