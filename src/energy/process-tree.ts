import { messageOf, systemCode } from "../core/error.ts";
import type { Files, Machine, Processes } from "../core/ports.ts";
import { forkWatch } from "./fork-watch.ts";
import { type NoteList, noteList } from "./note-list.ts";
import { type ProcStat, parseProcStat, readProcStat } from "./proc-stat.ts";

/** Use of one process and its descendants. */
export interface TreeUse {
  /** CPU seconds since the tree was opened; never goes back. */
  readonly cpuS: number;
  /** Resident bytes now; memory that processes share counts once for each. */
  readonly residentB: number;
}

export interface ProcessTree {
  /** What the counts cover, for a reading's source. */
  readonly covers: "process tree" | "own process";
  /** Reads once per `nowS`: sensors that share the tree share the read. Throws when the root cannot be read. */
  use(nowS: number): TreeUse;
  /** Every process that was ever seen in it. */
  readonly pids: ReadonlySet<number>;
  readonly notes: NoteList;
  /** Gives back the files that it keeps open; may be called again. */
  close(): void;
}

export interface TreeWorld {
  readonly files: Pick<Files, "readTextSync" | "listSync" | "holdSync">;
  readonly machine: Machine;
  readonly processes: Pick<Processes, "pid">;
}

/** More would mean that something forks without end; reading it ten times a second would make it worse. */
const MOST_PROCESSES = 4_096;
const SMALLEST_PAGE = 4_096;
/** Ended processes are remembered for shares of a GPU; a service may start a process per request for months. */
const MOST_REMEMBERED = 65_536;

/**
 * Opens the tree below `pid`, this process unless told. On Linux it is read from /proc (proc(5)); elsewhere only this process is seen,
 * and a note says so.
 *
 * CPU time of the tree is Σ (own time + time of children already waited for) over living processes, so that a child's
 * seconds move to its parent when it ends and none are lost.
 */
export function openProcessTree(world: TreeWorld, pid: number = world.processes.pid): ProcessTree {
  const notes = noteList();
  const pids = new Set<number>([pid]);
  const opened = pid === world.processes.pid ? firstScan(world, pids) : scanOfOther(world, pid, pids);
  if (opened.trouble !== undefined) notes.add(`child processes are not counted: ${opened.trouble}`);
  const { scan } = opened;
  let last = opened.use;
  const start = last.cpuS;
  let lost = 0;
  let latest: { readonly at: number; readonly use: TreeUse } | undefined;
  let isClosed = false;
  return {
    covers: opened.trouble === undefined ? "process tree" : "own process",
    pids,
    notes,
    use(nowS) {
      if (latest?.at === nowS) return latest.use;
      let now = scan();
      // A child that ends during a scan is in neither sum: a second scan finds its time with its parent.
      if (now.cpuS < last.cpuS) now = scan();
      if (now.cpuS < last.cpuS) {
        lost += last.cpuS - now.cpuS;
        notes.add("a process left the tree without being waited for: its time since the last sample is lost");
      }
      last = now;
      const use = { cpuS: now.cpuS + lost - start, residentB: now.residentB };
      latest = { at: nowS, use };
      return use;
    },
    close() {
      if (!isClosed) opened.close();
      isClosed = true;
    },
  };
}

const ownProcess = (machine: Machine): TreeUse => ({
  cpuS: machine.processCpuSeconds(),
  residentB: machine.residentBytes(),
});

interface Opened extends Scanner {
  readonly use: TreeUse;
  readonly trouble?: string;
}

function firstScan(world: TreeWorld, seen: Set<number>): Opened {
  try {
    const scanner = procScanner(world, world.processes.pid, seen);
    return { ...scanner, use: firstOf(scanner) };
  } catch (thrown) {
    const own = (): TreeUse => ownProcess(world.machine);
    const isAbsent = systemCode(thrown) === "ENOENT";
    const trouble = isAbsent ? "this system has no /proc" : `/proc cannot be read (${messageOf(thrown)})`;
    return { scan: own, use: own(), trouble, close() {} };
  }
}

function firstOf(scanner: Scanner): TreeUse {
  try {
    return scanner.scan();
  } catch (thrown) {
    scanner.close();
    throw thrown;
  }
}

/** Throws when there is no such process. Once it has ended, its last numbers stay. */
function scanOfOther(world: TreeWorld, pid: number, seen: Set<number>): Opened {
  const scanner = procScanner(world, pid, seen);
  let last = firstOf(scanner);
  return {
    ...scanner,
    use: last,
    scan() {
      if (isGone(world.files, pid)) return { ...last, residentB: 0 };
      last = scanner.scan();
      return last;
    },
  };
}

interface Scanner {
  /** Throws when the root cannot be read. */
  scan(): TreeUse;
  close(): void;
}

function procScanner(world: TreeWorld, rootPid: number, everSeen: Set<number>): Scanner {
  const { files, machine } = world;
  const isOwn = rootPid === world.processes.pid;
  const rootFile = files.holdSync(`/proc/${rootPid}/stat`);
  const forks = forkWatch(files);
  let pageB: number | undefined;
  /** Descendants as of the last walk; undefined when some went meanwhile. */
  let known: readonly number[] | undefined;

  const add = (sum: TreeUse, stat: ProcStat): TreeUse => ({
    cpuS: sum.cpuS + stat.ownS + stat.waitedChildrenS,
    residentB: sum.residentB + stat.residentPages * pageB!,
  });
  /** Without a fork there are no others; undefined when one of them has ended, for its own children may have left. */
  const useOfKnown = (root: TreeUse, pids: readonly number[]): TreeUse | undefined => {
    let use = root;
    for (const pid of pids) {
      const stat = statOrGone(files, pid);
      if (stat === undefined) return undefined;
      use = add(use, stat);
    }
    return use;
  };
  /** Parents before children: a child that ends meanwhile is missed for a moment, never counted twice. */
  const walk = (root: TreeUse): TreeUse => {
    known = undefined;
    let use = root;
    const children = childrenReader(files);
    const pending = [...children(rootPid)];
    const seen = new Set<number>([rootPid]);
    const found: number[] = [];
    for (let pid = pending.pop(); pid !== undefined && seen.size < MOST_PROCESSES; pid = pending.pop()) {
      if (seen.has(pid)) continue;
      seen.add(pid);
      if (everSeen.size < MOST_REMEMBERED) everSeen.add(pid);
      const stat = statOrGone(files, pid);
      if (stat === undefined) continue;
      found.push(pid);
      use = add(use, stat);
      pending.push(...children(pid));
    }
    // One that went during the walk may have left children to us that were not seen.
    known = found.length === seen.size - 1 ? found : undefined;
    return use;
  };

  return {
    scan() {
      // Asked before looking: what forks meanwhile shows the next time.
      const mayHaveForked = forks.mayHaveForked();
      const stat = parseProcStat(rootFile.readText());
      if (stat === undefined) throw new Error(`/proc/${rootPid}/stat cannot be parsed`);
      pageB ??= isOwn ? pageSize(machine.residentBytes(), stat.residentPages) : SMALLEST_PAGE;
      const root = add({ cpuS: 0, residentB: 0 }, stat);
      // Own time in microseconds instead of ticks of 10 ms.
      const use = isOwn ? { ...root, cpuS: machine.processCpuSeconds() + stat.waitedChildrenS } : root;
      const quick = mayHaveForked || known === undefined ? undefined : useOfKnown(use, known);
      return quick ?? walk(use);
    },
    close() {
      rootFile.close();
      forks.close();
    },
  };
}

/** Resident bytes by pages, rounded to a power of two: 4, 16 or 64 KiB. */
function pageSize(residentB: number, pages: number): number {
  if (pages <= 0 || residentB <= 0) return SMALLEST_PAGE;
  return Math.max(SMALLEST_PAGE, 2 ** Math.round(Math.log2(residentB / pages)));
}

function statOrGone(files: TreeWorld["files"], pid: number): ProcStat | undefined {
  try {
    return readProcStat(files, pid);
  } catch {
    return undefined;
  }
}

/**
 * Finds children by /proc/PID/task/TID/children (kernel option PROC_CHILDREN); where that is missing, by the parent ids
 * of all processes, read once per scan.
 */
function childrenReader(files: TreeWorld["files"]): (pid: number) => readonly number[] {
  let byParent: Map<number, number[]> | undefined;
  return (pid) => {
    if (byParent === undefined) {
      try {
        return childrenOfTasks(files, pid);
      } catch (thrown) {
        if (isGone(files, pid)) return [];
        if (!messageOf(thrown).includes("children")) throw thrown;
        byParent = parentTable(files);
      }
    }
    return byParent.get(pid) ?? [];
  };
}

const isGone = (files: TreeWorld["files"], pid: number): boolean => statOrGone(files, pid) === undefined;

function childrenOfTasks(files: TreeWorld["files"], pid: number): number[] {
  const found: number[] = [];
  for (const task of files.listSync(`/proc/${pid}/task`)) {
    const text = files.readTextSync(`/proc/${pid}/task/${task}/children`);
    for (const word of text.split(" ")) if (/^\d+$/.test(word)) found.push(Number(word));
  }
  return found;
}

function parentTable(files: TreeWorld["files"]): Map<number, number[]> {
  const table = new Map<number, number[]>();
  for (const name of files.listSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOrGone(files, Number(name));
    if (stat === undefined) continue;
    const siblings = table.get(stat.parent);
    if (siblings === undefined) table.set(stat.parent, [Number(name)]);
    else siblings.push(Number(name));
  }
  return table;
}
