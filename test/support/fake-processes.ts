/** Commands and engine children that live in memory; how they fail follows Node's child_process. */
import { systemCode } from "../../src/core/error.ts";
import type { Exit, Processes, RunningChild } from "../../src/core/ports.ts";
import type { EngineItem, EngineOutput } from "../../src/engines/engine.ts";
import type { FromChild, ToChild } from "../../src/engines/engine-messages.ts";

const OWN_PID = 4_242;

export interface FakeProcessOptions {
  /** Ids of the other processes that there are. */
  readonly running?: readonly number[];
  /** What a started command does: how it ends, or the system code with which it cannot be started. */
  readonly command?: (name: string, args: readonly string[]) => Exit | string;
  /** What the engine child answers to an item; without it no child can be started. */
  readonly engine?: (item: EngineItem) => EngineOutput;
  /** The doctor's probing child; without it none can be started. */
  readonly probe?: () => RunningChild;
  /** Runs when the child opens a model: a hub model's files may appear, time may pass. */
  readonly onOpen?: () => void;
}

/** libuv reports these after spawn() has returned, everything else is thrown by it (Node, lib/internal/child_process.js). */
const REPORTED_LATER = ["EACCES", "EAGAIN", "EMFILE", "ENFILE", "ENOENT"];

/** @param before called with the name of each call and of each message to a child; throws where it is to fail. */
export function fakeProcesses(options: FakeProcessOptions, before: (name: string) => void): Processes {
  return {
    pid: OWN_PID,
    isRunning: (pid) => pid === OWN_PID || (options.running ?? []).includes(pid),
    run(name, args) {
      const { command } = options;
      if (command === undefined) throw new Error("the fake world starts no command");
      const { promise: killed, resolve: kill } = newPromise<Exit>();
      const own = started(name, before).then(() => {
        const end = command(name, args);
        if (typeof end === "string") throw Object.assign(new Error(`spawn ${name} ${end}`), { code: end });
        return end;
      });
      const exit = Promise.race([killed, own]);
      // As in src/host/: a caller may wait for it later.
      exit.catch(() => {});
      return { pid: 5_000, exit, kill: (signal) => kill({ code: null, signal }) };
    },
    pipe() {
      throw new Error("the fake world starts no command");
    },
    fork(entry) {
      const { engine, probe } = options;
      if (entry === "probe-child" && probe !== undefined) return fakeProbe(started(entry, before), probe());
      if (engine === undefined) throw new Error("the fake world starts no child");
      return fakeChild(started(entry, before), engine, options.onOpen ?? (() => {}), before);
    },
  };
}

/** Throws or rejects, as spawn() does with that code. */
function started(name: string, before: (name: string) => void): Promise<void> {
  try {
    before(name);
  } catch (thrown) {
    if (REPORTED_LATER.includes(systemCode(thrown) ?? "")) return Promise.reject(thrown);
    throw thrown;
  }
  return Promise.resolve();
}

/** Answers as src/engines/serve-engine.ts does; a message that fails is the child's death by that signal. */
function fakeChild(
  start: Promise<void>,
  engine: (item: EngineItem) => EngineOutput,
  onOpen: () => void,
  before: (name: string) => void,
): RunningChild {
  let tell: (message: FromChild) => void = () => {};
  let isAlive = true;
  const { promise: death, resolve: die } = newPromise<Exit>();
  const end = (exit: Exit): void => {
    isAlive = false;
    die(exit);
  };
  const say = (message: FromChild): void => {
    if (isAlive) tell(message);
  };
  const answer = (message: ToChild): void => {
    try {
      before(message.kind);
    } catch (thrown) {
      end({ code: null, signal: systemCode(thrown) ?? "SIGABRT" });
      return;
    }
    if (message.kind === "run") {
      say({ kind: "done", id: message.id, outputs: message.items.map(engine) });
      return;
    }
    onOpen();
    const versions = { "@huggingface/transformers": "4.3.1" };
    say({ kind: "opened", engine: message.request.engine, versions, sampleRateHz: 16_000 });
  };
  const ready = start.then(() => say({ kind: "ready" }));
  const exit = ready.then(() => death);
  exit.catch(() => {});
  return {
    pid: 5_001,
    exit,
    errorTail: () => "",
    onMessage: (listener) => {
      tell = listener;
    },
    send: (message) => void ready.then(() => isAlive && answer(message as ToChild)).catch(() => {}),
    kill: (signal) => end({ code: null, signal }),
  };
}

function fakeProbe(start: Promise<void>, child: RunningChild): RunningChild {
  const exit = start.then(() => child.exit);
  exit.catch(() => {});
  return { ...child, exit, send: (message) => void start.then(() => child.send(message)).catch(() => {}) };
}

function newPromise<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
