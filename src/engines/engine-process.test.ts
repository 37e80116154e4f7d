import { expect, test } from "vitest";
import type { RunningChild } from "../core/ports.ts";
import type { OpenRequest } from "./engine-messages.ts";
import { startEngineProcess } from "./engine-process.ts";

const request: OpenRequest = {
  engine: "transformers.js",
  task: "feature-extraction",
  model: "/m",
  dtype: "q4",
};

/** A child that answers `open` and then dies as told. */
function dyingChild(death: { code: number | null; signal: string | null }, tail: string): RunningChild {
  let tell: (message: unknown) => void = () => {};
  let die: (exit: typeof death) => void = () => {};
  const exit = new Promise<typeof death>((resolve) => {
    die = resolve;
  });
  return {
    pid: 1,
    exit,
    errorTail: () => tail,
    kill: () => die({ code: null, signal: "SIGKILL" }),
    onMessage: (listener) => {
      tell = listener;
    },
    send: (message) => {
      if ((message as { kind: string }).kind !== "open") return die(death);
      tell({ kind: "opened", engine: "transformers.js", versions: {} });
    },
  };
}

test.each([
  ["an abort", { code: null, signal: "SIGABRT" }, "terminate called", "engine-crashed", "terminate called"],
  ["a kill by the system", { code: null, signal: "SIGKILL" }, "", "out-of-memory", "lack of memory"],
  ["a failed allocation", { code: 134, signal: null }, "std::bad_alloc", "out-of-memory", "bad_alloc"],
  ["an exit", { code: 3, signal: null }, "", "engine-crashed", "code 3"],
])("%s of the child becomes an error that says what it wrote", async (_, death, tail, code, why) => {
  const engine = await startEngineProcess({ fork: () => dyingChild(death, tail) }, "m", request);
  const run = engine.run([{ kind: "text", text: "x" }], {});
  await expect(run).rejects.toMatchObject({ code, why: expect.stringContaining(why) });
  await expect(engine.run([{ kind: "text", text: "x" }], {})).rejects.toMatchObject({ code });
});

test("a child that cannot be started is a crash with the cause", async () => {
  const child = {
    ...dyingChild({ code: 0, signal: null }, ""),
    send: () => {},
    exit: Promise.reject(new Error("EAGAIN")),
  };
  const opening = startEngineProcess({ fork: () => child }, "m", request);
  await expect(opening).rejects.toMatchObject({ code: "engine-crashed", why: "EAGAIN" });
});

test("an engine that is used after it was closed is our bug, not a lack of memory", async () => {
  const fork = () => dyingChild({ code: 0, signal: null }, "");
  const engine = await startEngineProcess({ fork }, "m", request);
  await engine.close();
  await expect(engine.run([{ kind: "text", text: "x" }], {})).rejects.toThrow("internal: m was used after");
});
