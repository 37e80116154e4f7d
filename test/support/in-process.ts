/** The command line in this process, over real files: what a test runs often must not start two processes each time. */
import { main } from "../../src/apps/cli/main.ts";
import type { Exit, RunningChild, World } from "../../src/core/ports.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import { nodeWorld } from "../../src/host/node-world.ts";
import type { ToChild } from "../../src/ledger/ledger-messages.ts";
import { serveLedger } from "../../src/ledger/serve-ledger.ts";
import type { Ran } from "./cli.ts";
import { fakeWorld } from "./fake-world.ts";

/** Runs `frugal ARGS`; the ledger child's work is done here as well. */
export async function frugalHere(home: string, ...args: readonly string[]): Promise<Ran> {
  const fake = fakeWorld();
  const world: World = {
    ...nodeWorld(),
    terminal: fake.terminal,
    signals: fake.signals,
    env: { FRUGAL_HOME: home },
    processes: { ...fake.processes, fork: ledgerHere },
  };
  const status = await main(world, args);
  return { status, stdout: fake.out(), stderr: fake.err() };
}

/** Messages are cloned, as between processes. */
export function ledgerHere(): RunningChild {
  let hear: (message: ToChild) => void = () => {};
  let tell: (message: unknown) => void = () => {};
  let end: (exit: Exit) => void = () => {};
  const exit = new Promise<Exit>((resolve) => {
    end = resolve;
  });
  serveLedger(nodeFiles, {
    send: (message) => tell(structuredClone(message)),
    onMessage: (listener) => {
      hear = listener;
    },
    end: () => end({ code: 0, signal: null }),
  });
  return {
    pid: process.pid,
    exit,
    send: (message) => hear(structuredClone(message) as ToChild),
    onMessage: (listener) => {
      tell = listener;
    },
    errorTail: () => "",
    kill: () => end({ code: null, signal: "SIGKILL" }),
  };
}
