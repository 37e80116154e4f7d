/** CPU time of a Linux control group: what a container, a service or a pod used, whatever processes came and went in it. */
import { messageOf } from "../core/error.ts";
import type { Files } from "../core/ports.ts";

type ProcFiles = Pick<Files, "readTextSync" | "listSync">;

const ROOT = "/sys/fs/cgroup";
const MICROSECONDS_PER_SECOND = 1_000_000;
const NANOSECONDS_PER_SECOND = 1_000_000_000;
/** Groups below a group; a runaway tree must not make sampling slow. */
const MOST_GROUPS = 1_000;

/** The kernel's own files have a dot in their name; groups have none, but for those that systemd names after its units. */
const GROUP = /^[^.]+$|\.(slice|scope|service|mount|socket)$/;

export interface ControlGroup {
  /** `/system.slice/x.service`: as the kernel names it, from the root that this process sees. */
  readonly path: string;
  readonly version: 1 | 2;
  /** CPU seconds since the group was made; throws what reading throws. */
  cpuSeconds(): number;
  /** Processes in it and below it now. */
  pids(): readonly number[];
}

/**
 * The group at `path`, or the one that holds process `pid`. Version 2 is read from `cpu.stat` (kernel,
 * admin-guide/cgroup-v2.rst), version 1 from `cpuacct.usage` (admin-guide/cgroup-v1/cpuacct.rst). Throws when there is
 * none, or when it cannot be read.
 */
export function openControlGroup(
  files: ProcFiles,
  where: { readonly path: string } | { readonly pid: number },
): ControlGroup {
  const places = "path" in where ? placesOf(files, where.path) : placesOfProcess(files, where.pid);
  const failures: string[] = [];
  for (const { folder, path, version } of places) {
    const cpuSeconds = version === 2 ? () => usageOf(files, folder) : () => accountOf(files, folder);
    try {
      cpuSeconds();
      return { path, version, cpuSeconds, pids: () => pidsIn(files, folder) };
    } catch (thrown) {
      failures.push(messageOf(thrown));
    }
  }
  throw new Error(failures.length > 0 ? failures.join("; ") : "this system has no control groups");
}

/** Whether the control group at `path` holds process `pid`, itself or through a group below it. */
export function holdsProcess(files: ProcFiles, path: string, pid: number): boolean {
  const inside = (own: string): boolean => path === "/" || own === path || own.startsWith(`${path}/`);
  try {
    return placesOfProcess(files, pid).some((place) => inside(place.path));
  } catch {
    return false;
  }
}

interface Place {
  readonly folder: string;
  readonly path: string;
  readonly version: 1 | 2;
}

const ACCOUNTS = ["cpuacct", "cpu,cpuacct"] as const;

function placesOf(files: ProcFiles, path: string): readonly Place[] {
  const tail = path === "/" ? "" : path;
  const second: Place = { folder: `${ROOT}${tail}`, path, version: 2 };
  const first = mountsOfAccounts(files).map(
    (name): Place => ({ folder: `${ROOT}/${name}${tail}`, path, version: 1 }),
  );
  return [second, ...first];
}

function mountsOfAccounts(files: ProcFiles): readonly string[] {
  const names = files.listSync(ROOT);
  return ACCOUNTS.filter((name) => names.includes(name));
}

/** Lines `0::/path` (version 2) and `5:cpu,cpuacct:/path` (version 1) of /proc/PID/cgroup (cgroups(7)). */
function placesOfProcess(files: ProcFiles, pid: number): readonly Place[] {
  const lines = files.readTextSync(`/proc/${pid}/cgroup`).trim().split("\n");
  return lines.flatMap((line): readonly Place[] => {
    const [id, controllers, ...rest] = line.split(":");
    const path = rest.join(":");
    const tail = path === "/" ? "" : path;
    if (id === "0" && controllers === "") return [{ folder: `${ROOT}${tail}`, path, version: 2 }];
    if (!controllers?.split(",").includes("cpuacct")) return [];
    return mountsOfAccounts(files).map((name) => ({ folder: `${ROOT}/${name}${tail}`, path, version: 1 }));
  });
}

function usageOf(files: ProcFiles, folder: string): number {
  const found = /^usage_usec (\d+)$/m.exec(files.readTextSync(`${folder}/cpu.stat`))?.[1];
  if (found === undefined) throw new Error(`${folder}/cpu.stat has no usage_usec`);
  return Number(found) / MICROSECONDS_PER_SECOND;
}

function accountOf(files: ProcFiles, folder: string): number {
  const text = files.readTextSync(`${folder}/cpuacct.usage`).trim();
  if (!/^\d+$/.test(text)) throw new Error(`${folder}/cpuacct.usage holds ${JSON.stringify(text)}`);
  return Number(text) / NANOSECONDS_PER_SECOND;
}

function pidsIn(files: ProcFiles, folder: string): readonly number[] {
  const pids: number[] = [];
  const pending = [folder];
  let groups = 0;
  for (let at = pending.pop(); at !== undefined && groups < MOST_GROUPS; at = pending.pop()) {
    groups++;
    try {
      for (const line of files.readTextSync(`${at}/cgroup.procs`).split("\n")) {
        if (line !== "") pids.push(Number(line));
      }
      for (const name of files.listSync(at)) if (GROUP.test(name)) pending.push(`${at}/${name}`);
    } catch {
      // The group went away meanwhile, and its processes with it.
    }
  }
  return pids;
}
