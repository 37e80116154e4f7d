import { expect, test } from "vitest";
import type { Exit, RunningChild } from "../core/ports.ts";
import type { FromChild } from "./ledger-messages.ts";
import { startLedgerProcess } from "./ledger-process.ts";

/** A child that answers each request with `reply`, or dies as told. */
function childThat(reply: FromChild | { readonly exit: Exit; readonly tail: string }): RunningChild {
  let tell: (message: unknown) => void = () => {};
  let die: (exit: Exit) => void = () => {};
  const exit = new Promise<Exit>((resolve) => {
    die = resolve;
  });
  return {
    pid: 1,
    exit,
    errorTail: () => ("tail" in reply ? reply.tail : ""),
    kill: () => die({ code: null, signal: "SIGKILL" }),
    onMessage: (listener) => {
      tell = listener;
    },
    send: (message) => {
      if ((message as { kind: string }).kind === "close") die({ code: 0, signal: null });
      else if ("exit" in reply) die(reply.exit);
      else tell(reply);
    },
  };
}

const ask = (child: RunningChild, signal?: AbortSignal) =>
  startLedgerProcess({ fork: () => child }, signal).ask("verify", { home: "/h", waitMs: 1 });

test.each([
  [
    "an abort",
    { code: null, signal: "SIGABRT" },
    "thread panicked at x.rs\nstack",
    "ledger-damaged",
    "panicked",
  ],
  ["a crash", { code: null, signal: "SIGSEGV" }, "", "ledger-damaged", "SIGSEGV"],
  ["a kill by the system", { code: null, signal: "SIGKILL" }, "", "out-of-memory", "memory"],
  [
    "a missing binary",
    { code: 1, signal: null },
    "Error: Cannot find module '@libsql/x'",
    "engine-missing",
    "libsql",
  ],
])("%s of the child becomes an error with a remedy", async (_, exit, tail, code, why) => {
  await expect(ask(childThat({ exit, tail }))).rejects.toMatchObject({
    code,
    why: expect.stringContaining(why),
    remedy: expect.stringMatching(/./),
  });
});

test("a child that cannot be started, at once or a moment later, is a clean error", async () => {
  const cause = Object.assign(new Error("spawn EAGAIN"), { code: "EAGAIN" });
  const later = { ...childThat({ kind: "bug", stack: "" }), send: () => {}, exit: Promise.reject(cause) };
  await expect(ask(later)).rejects.toMatchObject({ code: "engine-crashed", why: "EAGAIN" });
  const fork = (): never => {
    throw cause;
  };
  expect(() => startLedgerProcess({ fork })).toThrow(expect.objectContaining({ why: "EAGAIN" }));
});

test("a failure that the child tells arrives as it was; a bug of ours looks like one", async () => {
  const failure = { code: "ledger-busy", what: "a", why: "b", remedy: "c" } as const;
  await expect(ask(childThat({ kind: "failed", failure }))).rejects.toMatchObject(failure);
  await expect(ask(childThat({ kind: "bug", stack: "TypeError: x" }))).rejects.toThrow(/^internal: /);
});

test("an abort ends the question and the child", async () => {
  const controller = new AbortController();
  const silent = { ...childThat({ kind: "bug", stack: "" }), send: () => {} };
  const asked = ask(silent, controller.signal);
  controller.abort();
  await expect(asked).rejects.toMatchObject({ code: "aborted" });
  expect(await silent.exit).toMatchObject({ signal: "SIGKILL" });
});

test("after close it answers no more", async () => {
  const ledger = startLedgerProcess({ fork: () => childThat({ kind: "answer", answer: 1 }) });
  await ledger.close();
  await expect(ledger.ask("verify", { home: "/h", waitMs: 1 })).rejects.toThrow(
    "internal: the ledger was used",
  );
});
