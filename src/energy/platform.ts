/** What kind of machine this is, as far as it decides which counters can be read. Absent files are an answer. */
import { systemCode } from "../core/error.ts";
import type { Environment, Files, Machine } from "../core/ports.ts";

export interface Platform {
  readonly os: string;
  readonly arch: string;
  /** Who runs this container; undefined outside of one. */
  readonly container?: string;
  /** The hypervisor's or cloud's name; undefined on bare metal, or where nothing tells. */
  readonly virtual?: string;
  readonly wsl: boolean;
  /** CPUs and bytes that this control group may use; undefined without a limit. */
  readonly cpuLimit?: number;
  readonly memoryLimitB?: number;
  /**
   * The kernel's energy counters: `none` without any; `hidden` where the kernel lists them and a container engine hides
   * what lies behind; `denied` where this user may not read them.
   */
  readonly powercap: "none" | "hidden" | "denied" | "readable";
}

export interface PlatformWorld {
  readonly files: Pick<Files, "readTextSync" | "listSync">;
  readonly env: Environment;
  readonly machine: Pick<Machine, "os" | "arch">;
}

const CGROUP = "/sys/fs/cgroup";
/** Version 1 writes "no limit" as the largest multiple of a page, about 9.2 EB. */
const UNLIMITED_B = 1e18;

export function platformOf(world: PlatformWorld): Platform {
  const read = (path: string): string => {
    try {
      return world.files.readTextSync(path).trim();
    } catch {
      return "";
    }
  };
  const has = (path: string): boolean => {
    try {
      world.files.readTextSync(path);
      return true;
    } catch {
      return false;
    }
  };
  const container = containerOf(world.env, read, has);
  const virtual = virtualOf(read);
  const cpuLimit = cpuLimitOf(read);
  const memoryLimitB = memoryLimitOf(read);
  return {
    os: world.machine.os,
    arch: world.machine.arch,
    ...(container !== undefined && { container }),
    ...(virtual !== undefined && { virtual }),
    wsl: /microsoft/i.test(read("/proc/sys/kernel/osrelease")),
    ...(cpuLimit !== undefined && { cpuLimit }),
    ...(memoryLimitB !== undefined && { memoryLimitB }),
    powercap: powercapOf(world.files),
  };
}

/** The signs that systemd-detect-virt looks for as well: marker files, the `container` variable, names of control groups. */
function containerOf(
  env: Environment,
  read: (path: string) => string,
  has: (path: string) => boolean,
): string | undefined {
  if (env["KUBERNETES_SERVICE_HOST"]) return "kubernetes";
  if (has("/run/.containerenv")) return "podman";
  if (has("/.dockerenv")) return "docker";
  if (env["container"]) return env["container"];
  return /kubepods|docker|lxc|containerd|libpod/.exec(read("/proc/1/cgroup"))?.[0];
}

function virtualOf(read: (path: string) => string): string | undefined {
  const flagged = /^flags\s*:.*\bhypervisor\b/m.test(read("/proc/cpuinfo"));
  const xen = read("/sys/hypervisor/type");
  const product = [read("/sys/class/dmi/id/sys_vendor"), read("/sys/class/dmi/id/product_name")]
    .join(" ")
    .trim();
  // Instances without a hypervisor flag are bare metal, whoever their vendor is.
  if (flagged) return product === "" ? "unknown hypervisor" : product;
  return xen === "" ? undefined : xen;
}

function cpuLimitOf(read: (path: string) => string): number | undefined {
  // Version 2 (kernel, admin-guide/cgroup-v2.rst): "$MAX $PERIOD", "max" without a limit.
  const [quota, period] = read(`${CGROUP}/cpu.max`).split(" ").map(Number);
  if (quota! > 0 && period! > 0) return quota! / period!;
  const older =
    Number(read(`${CGROUP}/cpu/cpu.cfs_quota_us`)) / Number(read(`${CGROUP}/cpu/cpu.cfs_period_us`));
  return older > 0 && Number.isFinite(older) ? older : undefined;
}

function memoryLimitOf(read: (path: string) => string): number | undefined {
  const bytes = Number(read(`${CGROUP}/memory.max`) || read(`${CGROUP}/memory/memory.limit_in_bytes`));
  return bytes > 0 && bytes < UNLIMITED_B ? bytes : undefined;
}

function powercapOf(files: PlatformWorld["files"]): Platform["powercap"] {
  const root = "/sys/class/powercap";
  let zone: string | undefined;
  try {
    zone = files.listSync(root).find((id) => /^intel-rapl[^:]*:\d+$/.test(id));
  } catch {}
  if (zone === undefined) return "none";
  try {
    files.readTextSync(`${root}/${zone}/energy_uj`);
    return "readable";
  } catch (thrown) {
    return systemCode(thrown) === "ENOENT" ? "hidden" : "denied";
  }
}
