import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { Processes, RunningChild } from "../../core/ports.ts";
import { nodeClock } from "../../host/node-clock.ts";
import { nodeProcesses } from "../../host/node-processes.ts";
import type { TuneRequest } from "./tune-messages.ts";
import { tuneInProcess } from "./tune-process.ts";

const request = { recipe: {}, resume: false, dryRun: false } as unknown as TuneRequest;
const never = new AbortController().signal;
const watch = { onMessage: () => {}, signal: never };

/** A child that dies as told once it is asked for anything. */
function dyingChild(death: { code: number | null; signal: string | null }, tail: string): RunningChild {
  let die: (exit: typeof death) => void = () => {};
  const exit = new Promise<typeof death>((resolve) => {
    die = resolve;
  });
  return {
    pid: 1,
    exit,
    errorTail: () => tail,
    kill: () => die({ code: null, signal: "SIGKILL" }),
    onMessage: () => {},
    send: () => die(death),
  };
}

test.each([
  ["an abort", { code: null, signal: "SIGABRT" }, "terminate called", "engine-crashed", "terminate called"],
  ["a kill by the system", { code: null, signal: "SIGKILL" }, "", "out-of-memory", "lack of memory"],
  ["a failed allocation", { code: 134, signal: null }, "std::bad_alloc", "out-of-memory", "bad_alloc"],
  ["an exit", { code: 3, signal: null }, "", "engine-crashed", "code 3"],
])("%s of the process that trains becomes an error with a way out", async (_, death, tail, code, why) => {
  const world = { processes: { fork: () => dyingChild(death, tail) }, clock: nodeClock };
  await expect(tuneInProcess(world, request, watch)).rejects.toMatchObject({
    code,
    why: expect.stringContaining(why),
    remedy: expect.stringContaining("--resume"),
  });
});

test("a real process that is killed takes nothing with it", async () => {
  const processes: Pick<Processes, "fork"> = {
    fork: (entry, options) => {
      const child = nodeProcesses.fork(entry, options);
      return { ...child, send: () => process.kill(child.pid, "SIGKILL") };
    },
  };
  await expect(tuneInProcess({ processes, clock: nodeClock }, request, watch)).rejects.toMatchObject({
    code: "out-of-memory",
  });
});

test("a real process tells what is wrong with a run as the same typed error", async () => {
  const out = join(mkdtempSync(join(tmpdir(), "frugal-tune-process-")), "out");
  const missing = { ...request, recipe: { model: "/no/model", out } } as unknown as TuneRequest;
  await expect(
    tuneInProcess({ processes: nodeProcesses, clock: nodeClock }, missing, watch),
  ).rejects.toMatchObject({ code: "file-missing", what: expect.stringContaining("/no/model") });
  expect(existsSync(out)).toBe(false);
  rmdirSync(dirname(out));
});

test("a run that was stopped before it began starts no process", async () => {
  const fork = (): RunningChild => {
    throw new Error("started");
  };
  const stopped = { onMessage: () => {}, signal: AbortSignal.abort(new Error("stopped")) };
  await expect(tuneInProcess({ processes: { fork }, clock: nodeClock }, request, stopped)).rejects.toThrow(
    "stopped",
  );
});
