import type { Files, Machine } from "../../core/ports.ts";
import { machineThreads } from "../machine-busy.ts";
import type { CpuPlace } from "./socket-watts.ts";

/** Sockets, and whether this is a virtual machine, from /proc/cpuinfo; elsewhere one socket of a machine of its own. */
export function cpuPlace(world: {
  readonly files: Pick<Files, "readTextSync">;
  readonly machine: Pick<Machine, "cpuThreads">;
}): CpuPlace {
  const threads = machineThreads(world);
  let text: string;
  try {
    text = world.files.readTextSync("/proc/cpuinfo");
  } catch {
    return { threads, sockets: 1, isVirtual: false };
  }
  const sockets = new Set([...text.matchAll(/^physical id\s*: (\d+)/gm)].map(([, id]) => id));
  // x86 kernels set the flag from CPUID leaf 1, ECX bit 31, which hypervisors raise.
  return { threads, sockets: Math.max(1, sockets.size), isVirtual: /^flags\s*:.*\bhypervisor\b/m.test(text) };
}
