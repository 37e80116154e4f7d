/** The sampling thread without a thread: it runs in this process, on the same stepped clock, and answers at once. */
import type { RunningThread, Threads } from "../../src/core/ports.ts";
import { sampleInThread } from "../../src/energy/sampling-thread.ts";
import type { SensorWorld } from "../../src/energy/sensor.ts";

export interface FakeThreads extends Threads {
  /** From now on the thread neither samples nor answers. */
  hang(): void;
  /** It ends, as after an exception. */
  die(why: string): void;
  readonly started: () => number;
  /** Resolves when the thread that was started last has opened its sensors, or failed to. */
  readonly opened: () => Promise<void>;
}

export function fakeThreads(world: SensorWorld): FakeThreads {
  let failure: string | undefined;
  let hangs = false;
  let tell = (): void => {};
  let started = 0;
  let opening: Promise<void> = Promise.resolve();
  return {
    hang: () => {
      hangs = true;
    },
    die: (why) => {
      failure = why;
      hangs = true;
      tell();
    },
    started: () => started,
    opened: () => opening,
    start(_entry, data) {
      started++;
      failure = undefined;
      hangs = false;
      const posted: unknown[] = [];
      const words: unknown[] = [];
      let listen: ((message: unknown) => void) | undefined;
      let isClosed = false;
      const thread: RunningThread = {
        post: (message) => {
          if (hangs || isClosed) return;
          if (listen === undefined) words.push(message);
          else listen(message);
        },
        take: () => posted.splice(0),
        wait: () => posted.length > 0,
        failure: () => failure,
        onFailure: (listener) => {
          tell = listener;
        },
        stop: () => {
          isClosed = true;
        },
      };
      opening = sampleInThread(world, {
        data: structuredClone(data),
        post: (message) => {
          if (!hangs && !isClosed) posted.push(structuredClone(message));
        },
        onMessage: (listener) => {
          listen = listener;
          for (const word of words.splice(0)) listener(word);
        },
        occupy: (periodMs, tick) => {
          const stop = world.clock.every(periodMs, () => (isClosed ? stop() : tick()));
        },
        close: () => {
          isClosed = true;
        },
      });
      return thread;
    },
  };
}
