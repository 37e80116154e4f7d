import os from "node:os";
import { FrugalError } from "../core/error.ts";
import type { Machine } from "../core/ports.ts";
import { hasOneHeap } from "./one-heap.ts";

/** Asked for only where FRUGAL_HOME and XDG_DATA_HOME are not set. */
function homeFolder(): string {
  try {
    return os.homedir();
  } catch (cause) {
    throw new FrugalError({
      code: "file-missing",
      what: "this user has no home folder",
      why: "HOME is not set and the system knows no folder for the user",
      remedy: "set FRUGAL_HOME to a folder for receipts and settings",
      cause,
    });
  }
}

const MICROSECONDS_PER_SECOND = 1_000_000;
const MILLISECONDS_PER_SECOND = 1_000;

/** What a measured program need not know at its start is asked for when it is wanted. */
export function nodeMachine(): Machine {
  return {
    os: os.platform(),
    get osVersion() {
      return os.release();
    },
    arch: os.arch(),
    get hostname() {
      return os.hostname();
    },
    get cpuModel() {
      return os.cpus()[0]?.model.trim() || "unknown";
    },
    cpuThreads: os.availableParallelism(),
    get memoryBytes() {
      return os.totalmem();
    },
    nodeVersion: process.versions.node,
    get homeFolder() {
      return homeFolder();
    },
    temporaryFolder: os.tmpdir(),
    processCpuSeconds() {
      const used = process.cpuUsage();
      return (used.user + used.system) / MICROSECONDS_PER_SECOND;
    },
    residentBytes: () => process.memoryUsage.rss(),
    // Each has what the other may not know: other programs, and the limit of a container (libuv, uv_get_available_memory).
    availableBytes: () => Math.min(os.freemem(), process.availableMemory()),
    oneHeap: hasOneHeap,
    machineBusySeconds: () =>
      os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) /
      MILLISECONDS_PER_SECOND,
  };
}
