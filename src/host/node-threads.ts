import { fileURLToPath } from "node:url";
import type { MessagePort } from "node:worker_threads";
import { messageOf } from "../core/error.ts";
import type { ThreadEntry, ThreadSide, Threads } from "../core/ports.ts";

/** What the thread is started with: its own data, a port for answers and a count of them that can be waited for. */
interface Start {
  readonly data: unknown;
  readonly answers: MessagePort;
  readonly count: Int32Array<SharedArrayBuffer>;
}

/** A thread that samples needs little; without a limit V8 reserves as for a whole program. */
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 } as const;

export const nodeThreads: Threads = {
  start(entry, data) {
    const { MessageChannel, receiveMessageOnPort, Worker } = workerThreads();
    const { port1: answers, port2: theirs } = new MessageChannel();
    const count = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const start: Start = { data, answers: theirs, count };
    const worker = new Worker(entryPath(entry), {
      workerData: start,
      transferList: [theirs],
      // Loaders and hooks of the program are not for us.
      execArgv: [],
      name: `frugal ${entry}`,
      resourceLimits: LIMITS,
    });
    worker.unref();
    let failure: string | undefined;
    let seen = 0;
    worker.on("error", (thrown) => {
      failure ??= messageOf(thrown);
    });
    worker.on("exit", (code) => {
      failure ??= `the thread ended with ${code}`;
    });
    return {
      post: (message) => worker.postMessage(message),
      take() {
        const taken: unknown[] = [];
        seen = Atomics.load(count, 0);
        for (let next = receiveMessageOnPort(answers); next; next = receiveMessageOnPort(answers)) {
          taken.push(next.message);
        }
        return taken;
      },
      wait: (timeoutMs) => Atomics.wait(count, 0, seen, timeoutMs) !== "timed-out",
      failure: () => failure,
      stop: () => void worker.terminate(),
    };
  },
};

/** This thread's side, in a thread that `nodeThreads` started. */
export function nodeThreadSide(): ThreadSide {
  const { parentPort, workerData } = workerThreads();
  const { data, answers, count } = workerData as Start;
  return {
    data,
    post(message) {
      answers.postMessage(message);
      Atomics.add(count, 0, 1);
      Atomics.notify(count, 0);
    },
    onMessage: (listener) => void parentPort?.on("message", listener),
    close() {
      parentPort?.close();
      answers.close();
    },
  };
}

/** Threads run compiled code, also when the program is a test that runs from src/. */
function entryPath(entry: ThreadEntry): string {
  const here = import.meta.url.replace("/src/host/", "/dist/host/");
  return fileURLToPath(new URL(`../bin/${entry}.js`, here));
}

/** Loaded when a thread is wanted: it costs milliseconds, and most commands want none. */
const workerThreads = () => process.getBuiltinModule("node:worker_threads");
