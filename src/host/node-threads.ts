import { fileURLToPath } from "node:url";
import type { MessagePort } from "node:worker_threads";
import { messageOf } from "../core/error.ts";
import type { ThreadEntry, ThreadSide, Threads } from "../core/ports.ts";

/** What the thread is started with: its own data, a port for answers and counts of messages that can be waited for. */
interface Start {
  readonly data: unknown;
  readonly answers: MessagePort;
  /** [2] `ANSWERS` and `WORDS`: messages of the thread, and to it. */
  readonly counts: Int32Array<SharedArrayBuffer>;
}

const ANSWERS = 0;
const WORDS = 1;
/** Whoever sleeps until `which` changes has the message when it wakes. */
const announce = (counts: Start["counts"], which: number): void => {
  Atomics.add(counts, which, 1);
  Atomics.notify(counts, which);
};

/** A thread that samples needs little; without a limit V8 reserves as for a whole program. */
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 } as const;

export const nodeThreads: Threads = {
  start(entry, data) {
    const { MessageChannel, receiveMessageOnPort, Worker } = workerThreads();
    const { port1: answers, port2: theirs } = new MessageChannel();
    const counts = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    const start: Start = { data, answers: theirs, counts };
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
    let tell = (): void => {};
    const fail = (why: string): void => {
      failure ??= why;
      tell();
    };
    worker.on("error", (thrown) => fail(messageOf(thrown)));
    worker.on("exit", (code) => fail(`the thread ended with ${code}`));
    return {
      post(message) {
        worker.postMessage(message);
        announce(counts, WORDS);
      },
      take() {
        const taken: unknown[] = [];
        seen = Atomics.load(counts, ANSWERS);
        for (let next = receiveMessageOnPort(answers); next; next = receiveMessageOnPort(answers)) {
          taken.push(next.message);
        }
        return taken;
      },
      wait: (timeoutMs) => Atomics.wait(counts, ANSWERS, seen, timeoutMs) !== "timed-out",
      failure: () => failure,
      onFailure(listener) {
        tell = listener;
      },
      stop: () => void worker.terminate(),
    };
  },
};

/** This thread's side, in a thread that `nodeThreads` started. */
export function nodeThreadSide(): ThreadSide {
  const { parentPort, receiveMessageOnPort, workerData } = workerThreads();
  const { data, answers, counts } = workerData as Start;
  let listen = (_message: unknown): void => {};
  let isClosed = false;
  return {
    data,
    post(message) {
      answers.postMessage(message);
      announce(counts, ANSWERS);
    },
    onMessage(listener) {
      listen = listener;
      parentPort?.on("message", listener);
    },
    occupy(periodMs, tick) {
      let due = performance.now() + periodMs;
      while (!isClosed) {
        const seen = Atomics.load(counts, WORDS);
        const word = parentPort && receiveMessageOnPort(parentPort);
        const left = due - performance.now();
        if (word) listen(word.message);
        else if (left > 0) Atomics.wait(counts, WORDS, seen, left);
        else {
          tick();
          // What was slept through, with the machine or for want of a processor, is not made up for.
          due = Math.max(due + periodMs, performance.now());
        }
      }
    },
    close() {
      isClosed = true;
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
