/** The parent's side of an engine child: one request at a time, every way of dying turned into a clear error. */
import { aborted, FrugalError, InternalError, invariant, messageOf } from "../core/error.ts";
import type { Exit, Processes, RunningChild } from "../core/ports.ts";
import { deathOf } from "./child-failure.ts";
import type { EngineItem, EngineOutput, RunOptions } from "./engine.ts";
import type { FromChild, OpenRequest, ToChild } from "./engine-messages.ts";

type Opened = Extract<FromChild, { kind: "opened" }>;

export interface EngineProcess {
  readonly opened: Opened;
  run(items: readonly EngineItem[], options: RunOptions, signal?: AbortSignal): Promise<EngineOutput[]>;
  close(): Promise<void>;
}

export async function startEngineProcess(
  processes: Pick<Processes, "fork">,
  name: string,
  request: OpenRequest,
  signal?: AbortSignal,
  onFetched: (bytes: number, total: number) => void = () => {},
): Promise<EngineProcess> {
  const child = startChild(processes, name);
  const { ask, end } = conversation(child, name, onFetched);
  let opened: FromChild;
  try {
    opened = await ask({ kind: "open", request }, signal);
    if (opened.kind !== "opened") throw outOfTurn(name);
  } catch (thrown) {
    // Without a model the child is of no use; after a bad input, in contrast, it lives on.
    child.kill("SIGKILL");
    throw thrown;
  }
  let runs = 0;
  return {
    opened,
    async run(items, options, runSignal) {
      const answer = await ask({ kind: "run", id: ++runs, items, options }, runSignal);
      if (answer.kind !== "done" || answer.outputs.length !== items.length) {
        throw outOfTurn(name);
      }
      return [...answer.outputs];
    },
    async close() {
      end(new InternalError(`${name} was used after it was closed`));
      child.kill("SIGKILL");
      await child.exit.catch(() => {});
    },
  };
}

function startChild(processes: Pick<Processes, "fork">, name: string): RunningChild {
  try {
    return processes.fork("engine-child");
  } catch (thrown) {
    throw notStarted(name, thrown);
  }
}

const notStarted = (name: string, cause: unknown): FrugalError =>
  new FrugalError({
    code: "engine-crashed",
    what: `the engine for ${name} cannot be started`,
    why: messageOf(cause),
    remedy: "close other programs (the system is short of memory or of processes), then run it again",
    cause,
  });

interface Conversation {
  readonly ask: (message: ToChild, signal?: AbortSignal) => Promise<FromChild>;
  /** From now on every request ends with `why`; the first reason stays. */
  readonly end: (why: unknown) => void;
}

function conversation(
  child: RunningChild,
  name: string,
  onFetched: (bytes: number, total: number) => void,
): Conversation {
  let waiting: { resolve: (answer: FromChild) => void; reject: (why: unknown) => void } | undefined;
  let ended: unknown;
  const settle = (act: (who: NonNullable<typeof waiting>) => void): void => {
    const who = waiting;
    waiting = undefined;
    if (who !== undefined) act(who);
  };
  child.onMessage((message) => {
    const answer = message as FromChild;
    if (answer.kind === "failed") settle((who) => who.reject(new FrugalError(answer.failure)));
    else if (answer.kind === "fetched") onFetched(answer.bytes, answer.total);
    else if (answer.kind !== "ready") settle((who) => who.resolve(answer));
  });
  const end = (why: unknown): void => {
    ended ??= why;
    settle((who) => who.reject(ended));
  };
  child.exit.then(
    (exit) => end(death(child, name, exit)),
    (thrown) => end(notStarted(name, thrown)),
  );
  const ask: Conversation["ask"] = async (message, signal) => {
    if (ended !== undefined) throw ended;
    invariant(waiting === undefined, `${name} was asked twice at once`);
    const stop = (): void => {
      end(aborted(`running ${name}`, signal?.reason));
      child.kill("SIGKILL");
    };
    if (signal?.aborted) stop();
    if (ended !== undefined) throw ended;
    signal?.addEventListener("abort", stop, { once: true });
    try {
      return await new Promise<FromChild>((resolve, reject) => {
        waiting = { resolve, reject };
        child.send(message);
      });
    } finally {
      signal?.removeEventListener("abort", stop);
    }
  };
  return { ask, end };
}

const CRASH_REMEDY =
  "check that the model's files are whole (compare their sizes with the source), then run it again";

const death = (child: RunningChild, name: string, exit: Exit): FrugalError =>
  deathOf(exit, child.errorTail(), {
    what: `the engine that ran ${name}`,
    crashed: `the engine crashed on ${name}`,
    memoryRemedy: "close other programs, choose a smaller dtype with --dtype, or a smaller model",
    crashRemedy: CRASH_REMEDY,
  });

/** It lives, but makes no sense. */
const outOfTurn = (name: string): FrugalError =>
  new FrugalError({
    code: "engine-crashed",
    what: `the engine crashed on ${name}`,
    why: "it answered out of turn",
    remedy: CRASH_REMEDY,
  });
