import type { Files } from "../core/ports.ts";

/** The fields of /proc/PID/stat that energy needs (proc_pid_stat(5)). */
export interface ProcStat {
  readonly parent: number;
  /** User + system time of all threads. */
  readonly ownS: number;
  /** The same of children that ended and were waited for, and of theirs. */
  readonly waitedChildrenS: number;
  readonly residentPages: number;
}

/** USER_HZ, the unit of times in /proc: 100 on every architecture that Node.js runs on (kernel, asm-generic/param.h). */
const TICKS_PER_SECOND = 100;

/** Fields counted from the one after the command name: field 3 of the manual page has index 0. */
const FIELD = {
  parent: 1,
  user: 11,
  system: 12,
  childUser: 13,
  childSystem: 14,
  start: 19,
  resident: 21,
} as const;

/** Reads one process; undefined when the text is not a stat line; throws what the file system throws. */
export function readProcStat(files: Pick<Files, "readTextSync">, pid: number): ProcStat | undefined {
  return parseProcStat(files.readTextSync(`/proc/${pid}/stat`));
}

/** When a process started, in ticks since the machine did: with its id it names one process for good. Undefined where that is not told. */
export function processStart(files: Pick<Files, "readTextSync">, pid: number): number | undefined {
  try {
    const start = fieldsOf(files.readTextSync(`/proc/${pid}/stat`))?.[FIELD.start];
    return Number.isFinite(start) ? start : undefined;
  } catch {
    return undefined;
  }
}

/** The command name may hold blanks and brackets, so fields are counted from its last closing bracket. */
function fieldsOf(text: string): readonly number[] | undefined {
  const end = text.lastIndexOf(")");
  return end < 0
    ? undefined
    : text
        .slice(end + 2)
        .split(" ")
        .map(Number);
}

export function parseProcStat(text: string): ProcStat | undefined {
  const fields = fieldsOf(text);
  if (fields === undefined) return undefined;
  const at = (index: number): number => fields[index] ?? Number.NaN;
  const stat = {
    parent: at(FIELD.parent),
    ownS: (at(FIELD.user) + at(FIELD.system)) / TICKS_PER_SECOND,
    waitedChildrenS: (at(FIELD.childUser) + at(FIELD.childSystem)) / TICKS_PER_SECOND,
    residentPages: at(FIELD.resident),
  };
  return Object.values(stat).every((value) => Number.isFinite(value) && value >= 0) ? stat : undefined;
}
