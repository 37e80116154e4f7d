/** The parent's side of a ledger child: one request after the other, every way of dying turned into a clear error. */
import { aborted, FrugalError, InternalError, messageOf, systemCode } from "../core/error.ts";
import type { Exit, Processes, RunningChild } from "../core/ports.ts";
import { damaged } from "./failures.ts";
import type { FromChild, RequestName, Requests, ToChild } from "./ledger-messages.ts";

export interface LedgerProcess {
  ask<Name extends RequestName>(kind: Name, asks: Requests[Name]["asks"]): Promise<Requests[Name]["answer"]>;
  close(): Promise<void>;
}

export function startLedgerProcess(processes: Pick<Processes, "fork">, signal?: AbortSignal): LedgerProcess {
  const child = startChild(processes);
  let waiting: { resolve: (answer: unknown) => void; reject: (why: unknown) => void } | undefined;
  let ended: unknown;
  const end = (why: unknown): void => {
    ended ??= why;
    waiting?.reject(ended);
    waiting = undefined;
  };
  child.onMessage((message) => {
    const who = waiting;
    waiting = undefined;
    const reply = message as FromChild;
    if (reply.kind === "answer") who?.resolve(reply.answer);
    else if (reply.kind === "failed") who?.reject(new FrugalError(reply.failure));
    else who?.reject(new InternalError("the ledger's process failed", reply.stack));
  });
  child.exit.then(
    (exit) => end(deathOf(child, exit)),
    (thrown) => end(notStarted(thrown)),
  );
  const stop = (): void => {
    end(aborted("reading the ledger", signal?.reason));
    // Safe at any moment: the database and the pending files outlive it.
    child.kill("SIGKILL");
  };
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  const askNow = async (message: ToChild): Promise<unknown> => {
    if (ended !== undefined) throw ended;
    return await new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      child.send(message);
    });
  };
  // Two listings of one ledger may be read side by side; their questions go one after the other.
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask<Name extends RequestName>(
      kind: Name,
      asks: Requests[Name]["asks"],
    ): Promise<Requests[Name]["answer"]> {
      const answer = last.then(() => askNow({ kind, asks } as ToChild));
      last = answer.catch(() => {});
      return answer as Promise<Requests[Name]["answer"]>;
    },
    async close() {
      signal?.removeEventListener("abort", stop);
      end(new InternalError("the ledger was used after it was closed"));
      child.send({ kind: "close" } satisfies ToChild);
      await child.exit.catch(() => {});
    },
  };
}

function startChild(processes: Pick<Processes, "fork">): RunningChild {
  try {
    return processes.fork("ledger-child");
  } catch (thrown) {
    throw notStarted(thrown);
  }
}

const notStarted = (cause: unknown): FrugalError =>
  new FrugalError({
    code: "engine-crashed",
    what: "the process that reads the ledger cannot be started",
    why: systemCode(cause) ?? messageOf(cause),
    remedy: "close other programs and run it again: nothing is lost",
    cause,
  });

function deathOf(child: RunningChild, { code, signal }: Exit): FrugalError {
  const tail = child.errorTail();
  if (/Cannot find (module|package)/.test(tail)) {
    return new FrugalError({
      code: "engine-missing",
      what: "cannot open the ledger",
      why: "its database engine, libsql, has no binary here",
      remedy: "install again with optional dependencies: npm install --include=optional frugal",
    });
  }
  if (signal === "SIGKILL") {
    return new FrugalError({
      code: "out-of-memory",
      what: "the process that read the ledger was ended",
      why: "something killed it, most likely the system for lack of memory",
      remedy: "close other programs and run it again: nothing is lost",
    });
  }
  const how = signal === null ? `code ${code}` : signal;
  // A panic's words, without its stack.
  const words = tail.split("\n").find((line) => line.includes("panicked")) ?? "";
  return damaged("reading the ledger ended its process", words === "" ? how : `${how}: ${words}`);
}
