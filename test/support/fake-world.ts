/** An in-memory World. `failAt` makes the n-th call of a port fail, so that failure can be swept: n = 1, 2, 3 … */
import type {
  Clock,
  Environment,
  Fetch,
  Files,
  Groups,
  Machine,
  Native,
  PassedSignal,
  Sockets,
  World,
} from "../../src/core/ports.ts";
import { seededRandom } from "../../src/core/random.ts";
import { joinBytes } from "../../src/formats/join-bytes.ts";
import { fakeNative } from "./fake-native.ts";
import { type FakeProcessOptions, fakeProcesses } from "./fake-processes.ts";
import { fakeSockets } from "./fake-sockets.ts";

/** `input`: chunks of standard input; `output`: writes of data. What goes to stderr cannot fail (see the port). */
export type FailingPort = "files" | "processes" | "sockets" | "fetch" | "output" | "input";

export interface FakeOptions extends FakeProcessOptions {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly env?: Environment;
  readonly machine?: Partial<Machine>;
  /** The n-th call (1-based) of the port, files unless told, fails with this system code. */
  readonly failAt?: { readonly call: number; readonly code: string; readonly port?: FailingPort };
  /** Told of every call before it happens; `count` is over all ports, from 1. */
  readonly onCall?: (count: number, port: FailingPort, subject: string, world: FakeWorld) => void;
  readonly fetch?: (url: string) => Response;
  /** Libraries of the system; none unless given. */
  readonly native?: Native;
  /** Sockets of this machine; nobody listens unless given. */
  readonly sockets?: Sockets;
  readonly input?: string;
  readonly terminal?: Partial<
    Pick<World["terminal"], "errIsTerminal" | "outIsTerminal" | "columns" | "rows" | "colour">
  >;
}

export interface FakeWorld extends World {
  readonly clock: SteppedClock;
  readonly stored: Map<string, Uint8Array>;
  readonly out: () => string;
  readonly err: () => string;
  /** File calls made so far: the sweep ends when a run makes fewer than n. */
  readonly fileCalls: () => number;
  readonly calls: (port: FailingPort) => number;
  readonly raise: (signal: PassedSignal) => void;
  /** Paths of sockets on which somebody listens. */
  readonly listening: () => readonly string[];
}

export class SystemError extends Error {
  readonly code: string;
  constructor(code: string, subject: string) {
    super(`${code}: simulated, '${subject}'`);
    this.code = code;
  }
}

export interface SteppedClock extends Clock {
  /** Moves time on by `seconds`, firing due timers and sleeps in order. */
  advance(seconds: number): void;
  /** Whether somebody sleeps. */
  hasSleepers(): boolean;
}

export function fakeWorld(options: FakeOptions = {}): FakeWorld {
  const encoder = new TextEncoder();
  const stored = new Map<string, Uint8Array>();
  for (const [path, content] of Object.entries(options.files ?? {})) {
    stored.set(path, typeof content === "string" ? encoder.encode(content) : content);
  }
  const counts: Record<FailingPort, number> = {
    files: 0,
    processes: 0,
    sockets: 0,
    fetch: 0,
    output: 0,
    input: 0,
  };
  let count = 0;
  const before =
    (port: FailingPort) =>
    (subject: string): void => {
      counts[port]++;
      options.onCall?.(++count, port, subject, world);
      const { failAt } = options;
      if (failAt === undefined || port !== (failAt.port ?? "files") || counts[port] !== failAt.call) return;
      throw new SystemError(failAt.code, subject);
    };
  let out = "";
  let err = "";
  const listeners = new Set<{ signals: readonly PassedSignal[]; listener: (signal: never) => void }>();
  const decoder = new TextDecoder();
  const clock = steppedClock();
  const own = fakeSockets(before("sockets"));
  const world: FakeWorld = {
    clock,
    stored,
    out: () => out,
    err: () => err,
    fileCalls: () => counts.files,
    calls: (port) => counts[port],
    raise: (signal) => {
      for (const { signals, listener } of listeners) if (signals.includes(signal)) listener(signal as never);
    },
    files: fakeFiles(stored, before("files")),
    fetch: fakeFetch(options.fetch, before("fetch")),
    native: options.native ?? fakeNative(),
    processes: fakeProcesses(options, before("processes")),
    random: seededRandom(1),
    terminal: {
      writeOut: async (text) => {
        before("output")("stdout");
        out += typeof text === "string" ? text : decoder.decode(text);
      },
      writeErr: (text) => {
        err += text;
      },
      outIsTerminal: options.terminal?.outIsTerminal ?? false,
      errIsTerminal: options.terminal?.errIsTerminal ?? false,
      inIsTerminal: false,
      columns: options.terminal?.columns ?? 80,
      rows: options.terminal?.rows ?? 24,
      colour: options.terminal?.colour ?? false,
      async *input() {
        before("input")("stdin");
        yield encoder.encode(options.input ?? "");
      },
    },
    signals: {
      on(signals, listener) {
        const entry = { signals, listener: listener as (signal: never) => void };
        listeners.add(entry);
        return () => listeners.delete(entry);
      },
      exitNow: (signal) => {
        throw new Error(`ended at once by ${signal}`);
      },
    },
    sockets: options.sockets ?? own,
    listening: own.listening,
    threads: {
      start: () => {
        throw new Error("the fake world starts no thread");
      },
    },
    groups: fakeGroups(),
    machine: { ...FAKE_MACHINE, ...options.machine },
    env: options.env ?? {},
    cwd: "/fake",
  };
  return world;
}

/** Members of one world know of each other, as those of one process do. */
function fakeGroups(): Groups {
  const members = new Set<{ group: string; met: boolean }>();
  return {
    join(group) {
      const others = [...members].filter((each) => each.group === group);
      const own = { group, met: others.length > 0 };
      for (const each of others) each.met = true;
      members.add(own);
      return { metOthers: () => own.met, leave: () => members.delete(own) };
    },
  };
}
/** As the global fetch: a failed connection is a TypeError, whose cause has the system code. */
const fakeFetch =
  (answer: FakeOptions["fetch"], before: (url: string) => void): Fetch =>
  async (url, init) => {
    init?.signal?.throwIfAborted();
    try {
      before(url);
    } catch (cause) {
      throw new TypeError("fetch failed", { cause });
    }
    if (answer === undefined) throw new TypeError("fetch failed: the fake world has no network");
    return answer(url);
  };

const FAKE_MACHINE: Machine = {
  os: "linux",
  osVersion: "6.1.0",
  arch: "x64",
  hostname: "fake",
  cpuModel: "Fake CPU @ 2.00GHz",
  cpuThreads: 2,
  memoryBytes: 8_589_934_592,
  nodeVersion: "20.20.2",
  processCpuSeconds: () => 0,
  residentBytes: () => 100_000_000,
  availableBytes: () => 4_294_967_296,
  oneHeap: () => false,
  machineBusySeconds: () => 0,
  homeFolder: "/home/fake",
  temporaryFolder: "/tmp",
};

function fakeFiles(stored: Map<string, Uint8Array>, before: (path: string) => void): Files {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const folderPrefix = (path: string): string => (path.endsWith("/") ? path : `${path}/`);
  const content = (path: string): Uint8Array => {
    before(path);
    const found = stored.get(path);
    if (found === undefined) throw new SystemError("ENOENT", path);
    return found;
  };
  const list = (path: string): string[] => {
    before(path);
    const prefix = folderPrefix(path);
    const names = new Set<string>();
    for (const key of stored.keys())
      if (key.startsWith(prefix)) names.add(key.slice(prefix.length).split("/")[0]!);
    if (names.size === 0) throw new SystemError("ENOENT", path);
    return [...names].filter((name) => name !== "").sort();
  };
  const toBytes = (text: string | Uint8Array): Uint8Array =>
    typeof text === "string" ? encoder.encode(text) : text;
  return {
    readText: async (path) => decoder.decode(content(path)),
    readTextSync: (path) => decoder.decode(content(path)),
    holdSync(path) {
      content(path);
      return { readText: () => decoder.decode(content(path)), close() {} };
    },
    readBytes: async (path, range) => {
      const all = content(path);
      return range === undefined ? all : all.subarray(range.offset, range.offset + range.length);
    },
    async *stream(path) {
      yield content(path);
    },
    writeAtomic: async (path, text) => {
      before(path);
      stored.set(path, toBytes(text));
    },
    writeAtomicFrom: async (path, pieces) => {
      const parts: Uint8Array[] = [];
      for await (const piece of pieces) parts.push(piece.slice());
      before(path);
      stored.set(path, joinBytes(parts));
    },
    createNew: async (path, text) => {
      before(path);
      if (stored.has(path)) return false;
      stored.set(path, encoder.encode(text));
      return true;
    },
    move: async (from, to) => {
      stored.set(to, content(from));
      stored.delete(from);
    },
    append: async (path, text) => {
      before(path);
      const old = stored.get(path) ?? new Uint8Array();
      const added = encoder.encode(text);
      const joined = new Uint8Array(old.length + added.length);
      joined.set(old);
      joined.set(added, old.length);
      stored.set(path, joined);
    },
    list: async (path) => list(path),
    listSync: list,
    stat: async (path) => {
      try {
        before(path);
      } catch (thrown) {
        // The port's contract: nothing there is an answer.
        if (thrown instanceof SystemError && thrown.code === "ENOENT") return undefined;
        throw thrown;
      }
      const file = stored.get(path);
      if (file !== undefined) return { kind: "file", size: file.length, modifiedMs: 0 };
      const isFolder = [...stored.keys()].some((key) => key.startsWith(folderPrefix(path)));
      return isFolder ? { kind: "folder", size: 0, modifiedMs: 0 } : undefined;
    },
    makeFolder: async (path) => {
      before(path);
      stored.set(folderPrefix(path), new Uint8Array());
    },
    freeBytes: async (path) => {
      before(path);
      return 50_000_000_000;
    },
    remove: async (path) => {
      before(path);
      for (const key of [...stored.keys()])
        if (key === path || key.startsWith(folderPrefix(path))) stored.delete(key);
    },
  };
}

export function steppedClock(startStamp = "2026-01-01T00:00:00.000Z"): SteppedClock {
  let now = 0;
  const timers = new Set<{ due: number; every: number; fire: () => void }>();
  const start = Date.parse(startStamp);
  return {
    now: () => now,
    stamp: () => new Date(start + Math.round(now * 1_000)).toISOString(),
    every(periodMs, tick) {
      const timer = { due: now + periodMs / 1_000, every: periodMs / 1_000, fire: tick };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const fire = () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        };
        const timer = { due: now + ms / 1_000, every: 0, fire };
        timers.add(timer);
        const stop = () => {
          timers.delete(timer);
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", stop, { once: true });
      }),
    hasSleepers: () => [...timers].some(({ every }) => every === 0),
    advance(seconds) {
      const until = now + seconds;
      for (;;) {
        const due = [...timers].filter((timer) => timer.due <= until).sort((a, b) => a.due - b.due)[0];
        if (due === undefined) break;
        now = due.due;
        if (due.every > 0) due.due += due.every;
        else timers.delete(due);
        due.fire();
      }
      now = until;
    },
  };
}
