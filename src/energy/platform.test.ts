import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { type Platform, platformOf } from "./platform.ts";

const on = (files: Record<string, string>, env: Record<string, string> = {}): Platform =>
  platformOf(fakeWorld({ files, env }));

test("nothing there: no container, no hypervisor, no limit, no counter", () => {
  expect(on({})).toEqual({ os: "linux", arch: "x64", wsl: false, powercap: "none" });
});

test("containers are told by their marks", () => {
  expect(on({ "/.dockerenv": "" }).container).toBe("docker");
  expect(on({ "/run/.containerenv": "" }).container).toBe("podman");
  expect(on({ "/.dockerenv": "" }, { KUBERNETES_SERVICE_HOST: "10.0.0.1" }).container).toBe("kubernetes");
  expect(on({ "/proc/1/cgroup": "1:name=systemd:/lxc/box\n" }).container).toBe("lxc");
  expect(on({}, { container: "systemd-nspawn" }).container).toBe("systemd-nspawn");
});

test("a hypervisor is told by the CPU, its name by the firmware; a cloud's bare metal is none", () => {
  const dmi = {
    "/sys/class/dmi/id/sys_vendor": "Amazon EC2\n",
    "/sys/class/dmi/id/product_name": "m5.large\n",
  };
  const flags = (more: string) => ({ "/proc/cpuinfo": `processor : 0\nflags\t\t: fpu sse ${more}\n` });
  expect(on({ ...dmi, ...flags("hypervisor lahf_lm") }).virtual).toBe("Amazon EC2 m5.large");
  expect(on({ ...dmi, ...flags("lahf_lm") }).virtual).toBeUndefined();
  expect(on(flags("hypervisor")).virtual).toBe("unknown hypervisor");
  expect(on({ "/sys/hypervisor/type": "xen\n" }).virtual).toBe("xen");
});

test("WSL is told by its kernel's name", () => {
  expect(on({ "/proc/sys/kernel/osrelease": "5.15.90.1-microsoft-standard-WSL2\n" }).wsl).toBe(true);
});

test("limits of control groups, version 2 and 1; none where the kernel says so", () => {
  const of = (files: Record<string, string>): unknown[] => {
    const { cpuLimit, memoryLimitB } = on(files);
    return [cpuLimit, memoryLimitB];
  };
  expect(of({ "/sys/fs/cgroup/cpu.max": "150000 100000\n", "/sys/fs/cgroup/memory.max": "1000\n" })).toEqual([
    1.5, 1000,
  ]);
  expect(of({ "/sys/fs/cgroup/cpu.max": "max 100000\n", "/sys/fs/cgroup/memory.max": "max\n" })).toEqual([
    undefined,
    undefined,
  ]);
  expect(
    of({
      "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
      "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    }),
  ).toEqual([2, undefined]);
});

test("counters: hidden when a container engine masks what their links show, readable when they can be read", () => {
  expect(on({ "/sys/class/powercap/intel-rapl:0": "a link into nothing" }).powercap).toBe("hidden");
  expect(on({ "/sys/class/powercap/intel-rapl:0/energy_uj": "1\n" }).powercap).toBe("readable");
});
