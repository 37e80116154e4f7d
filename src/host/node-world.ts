/** The real ports, built lazily enough that `--help` pays for node built-ins only. */
import os from "node:os";
import type { Clock, Machine, Signals, World } from "../core/ports.ts";
import type { Random } from "../core/random.ts";
import { nodeFetch } from "./node-fetch.ts";
import { nodeFiles } from "./node-files.ts";
import { nodeGroups } from "./node-groups.ts";
import { nodeNative } from "./node-native.ts";
import { nodeProcesses } from "./node-processes.ts";
import { nodeTerminal } from "./node-terminal.ts";
import { nodeThreads } from "./node-threads.ts";

export function nodeWorld(): World {
  return {
    clock: nodeClock,
    files: nodeFiles,
    fetch: nodeFetch,
    native: nodeNative,
    processes: nodeProcesses,
    random: entropy,
    terminal: nodeTerminal,
    signals: nodeSignals,
    threads: nodeThreads,
    groups: nodeGroups,
    machine: nodeMachine(),
    env: process.env,
    cwd: process.cwd(),
  };
}

const NANOSECONDS_PER_SECOND = 1_000_000_000;

export const nodeClock: Clock = {
  // Not performance.now(): that one counts from the start of its own thread.
  now() {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds + nanoseconds / NANOSECONDS_PER_SECOND;
  },
  stamp: () => new Date().toISOString(),
  every(periodMs, tick) {
    const timer = setInterval(tick, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

const entropy: Random = {
  next: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 4_294_967_296,
};

const nodeSignals: Signals = {
  on(signals, listener) {
    const handlers = signals.map((signal) => ({ signal, handle: () => listener(signal) }));
    for (const { signal, handle } of handlers) process.on(signal, handle);
    return () => {
      for (const { signal, handle } of handlers) process.off(signal, handle);
    };
  },
  exitNow: (signal) => process.exit(128 + os.constants.signals[signal]),
};

const MICROSECONDS_PER_SECOND = 1_000_000;
const MILLISECONDS_PER_SECOND = 1_000;

function nodeMachine(): Machine {
  return {
    os: os.platform(),
    osVersion: os.release(),
    arch: os.arch(),
    hostname: os.hostname(),
    get cpuModel() {
      return os.cpus()[0]?.model.trim() || "unknown";
    },
    cpuThreads: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    nodeVersion: process.versions.node,
    homeFolder: os.homedir(),
    temporaryFolder: os.tmpdir(),
    processCpuSeconds() {
      const used = process.cpuUsage();
      return (used.user + used.system) / MICROSECONDS_PER_SECOND;
    },
    residentBytes: () => process.memoryUsage.rss(),
    machineBusySeconds: () =>
      os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) /
      MILLISECONDS_PER_SECOND,
  };
}
