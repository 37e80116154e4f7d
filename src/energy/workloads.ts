/** What machine-wide energy can be split to: process trees and control groups, by the CPU time that they use. */
import { FrugalError, messageOf } from "../core/error.ts";
import type { SplitLine } from "../core/meter.ts";
import type { NoteList } from "./note-list.ts";
import { openProcessTree, type ProcessTree, type TreeWorld } from "./process-tree.ts";

/** Plain data. Process trees must not overlap; a container counts without the trees listed beside it that run in it. */
export type WorkloadChoice =
  | {
      readonly kind: "process-tree";
      /** This process unless told. */
      readonly pid?: number;
      readonly name?: string;
    }
  | {
      readonly kind: "container";
      /** Control group from the root that this process sees: `/system.slice/x.service`; this process's own unless told. */
      readonly path?: string;
      readonly name?: string;
    };

export const OWN_TREE: WorkloadChoice = { kind: "process-tree" };

export interface Workload {
  readonly owner: Extract<SplitLine["owner"], "process-tree" | "container">;
  readonly name: string;
  /** CPU seconds up to now; throws what reading throws. */
  cpuSeconds(nowS: number): number;
  pids(): Iterable<number>;
  /** Gives back what it holds; may be called again. */
  close(): void;
}

/** Throws "bad-option" for a process or group that is not there; what of this process cannot be read becomes a note. */
export async function openWorkloads(
  world: TreeWorld,
  choices: readonly WorkloadChoice[],
  own: { readonly tree: ProcessTree; readonly notes: NoteList },
): Promise<readonly Workload[]> {
  const trees: (Workload & { readonly pid: number })[] = [];
  const opened: Workload[] = [];
  for (const choice of choices) {
    if (choice.kind !== "process-tree") continue;
    const pid = choice.pid ?? world.processes.pid;
    const tree = pid === world.processes.pid ? own.tree : openTree(world, pid);
    const name =
      choice.name ?? (pid === world.processes.pid ? "this process tree" : `process tree of ${pid}`);
    trees.push({
      owner: "process-tree", name, pid, cpuSeconds: (nowS) => tree.use(nowS).cpuS, pids: () => tree.pids, close: tree.close,
    }); // biome-ignore format: one record
  }
  for (const choice of choices) {
    if (choice.kind !== "container") continue;
    const container = await openContainer(world, choice, trees, own.notes);
    if (container !== undefined) opened.push(container);
  }
  return [...trees, ...opened];
}

function openTree(world: TreeWorld, pid: number): ProcessTree {
  try {
    return openProcessTree(world, pid);
  } catch (cause) {
    throw new FrugalError({
      code: "bad-option",
      what: `cannot watch process ${pid}`,
      why: messageOf(cause),
      remedy: "give the id of a running process; other processes can be watched on Linux only",
      cause,
    });
  }
}

async function openContainer(
  world: TreeWorld,
  choice: Extract<WorkloadChoice, { kind: "container" }>,
  trees: readonly (Workload & { readonly pid: number })[],
  notes: NoteList,
): Promise<Workload | undefined> {
  const { holdsProcess, openControlGroup } = await import("./control-group.ts");
  const { files, processes } = world;
  try {
    const where = choice.path === undefined ? { pid: processes.pid } : { path: choice.path };
    const group = openControlGroup(files, where);
    const inside = trees.filter((tree) => holdsProcess(files, group.path, tree.pid));
    const rest = inside.length > 0 ? "rest of " : "";
    return {
      owner: "container",
      name: choice.name ?? `${rest}control group ${group.path}`,
      cpuSeconds: (nowS) => inside.reduce((sum, tree) => sum - tree.cpuSeconds(nowS), group.cpuSeconds()),
      *pids() {
        const others = new Set(inside.flatMap((tree) => [...tree.pids()]));
        for (const pid of group.pids()) if (!others.has(pid)) yield pid;
      },
      close() {},
    };
  } catch (cause) {
    if (choice.path === undefined) {
      notes.add(`the container's share is not told: ${messageOf(cause)}`);
      return undefined;
    }
    throw new FrugalError({
      code: "bad-option",
      what: `cannot watch the control group ${choice.path}`,
      why: messageOf(cause),
      remedy: "give its path as in /proc/PID/cgroup, such as /system.slice/x.service",
      cause,
    });
  }
}
