import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import type { Processes, RunningChild, World } from "../../core/ports.ts";
import type { FromExporter } from "./export-messages.ts";
import { exportInProcess } from "./export-process.ts";

const model = {
  adapter: "/lora",
  base: "/model",
  tokenizerFolder: "/model",
  warnings: [],
  task: { task: "causal-lm" },
} as const;
const orders = [
  { format: "merged", out: "/out/merged" },
  { format: "gguf", out: "/out/gguf" },
] as const;
const never = new AbortController().signal;

/** A child that writes both exports, proves the first, and then does as it is told. */
function exporting(
  world: World,
  then: (child: { tell: (message: FromExporter) => void; die: () => void }) => void,
) {
  let tell: (message: unknown) => void = () => {};
  let die: (exit: { code: number | null; signal: string | null }) => void = () => {};
  const exit = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    die = resolve;
  });
  const child: RunningChild = {
    pid: 1,
    exit,
    errorTail: () => "",
    kill: () => die({ code: null, signal: "SIGKILL" }),
    onMessage: (listener) => {
      tell = listener;
    },
    send: async () => {
      for (const { out } of orders) await world.files.writeAtomic(`${out}/weights`, "numbers");
      tell({ kind: "exported", made: { ...orders[0], largest: 0, bound: 1 } });
      then({ tell, die: () => die({ code: null, signal: "SIGSEGV" }) });
    },
  };
  const processes: Processes = { ...world.processes, fork: () => child };
  return { ...world, processes };
}
const outputs = (world: ReturnType<typeof fakeWorld>): string[] =>
  [...world.stored.keys()].filter((path) => path.startsWith("/out/"));

test("a process that dies leaves what was proved, and nothing that was not", async () => {
  const world = fakeWorld({});
  const dying = exporting(world, ({ die }) => die());
  const made: string[] = [];
  await expect(
    exportInProcess(dying, { model, orders }, { onMade: ({ format }) => made.push(format), signal: never }),
  ).rejects.toMatchObject({ code: "engine-crashed" });
  expect(made).toEqual(["merged"]);
  expect(outputs(world)).toEqual(["/out/merged/weights"]);
});

test("a refusal there is the same typed error here", async () => {
  const world = fakeWorld({});
  const failure = { code: "export-refused", what: "x", why: "y", remedy: "z" } as const;
  const refusing = exporting(world, ({ tell }) => tell({ kind: "failed", failure }));
  await expect(
    exportInProcess(refusing, { model, orders }, { onMade: () => {}, signal: never }),
  ).rejects.toMatchObject(failure);
  expect(outputs(world)).toEqual(["/out/merged/weights"]);
});

test("Ctrl+C ends it at once", async () => {
  const world = fakeWorld({});
  const controller = new AbortController();
  const stopped = exporting(world, () => controller.abort());
  await expect(
    exportInProcess(stopped, { model, orders }, { onMade: () => {}, signal: controller.signal }),
  ).rejects.toMatchObject({ code: "aborted" });
  expect(outputs(world)).toEqual(["/out/merged/weights"]);
});

test("a folder that is taken is refused before anything starts", async () => {
  const world = fakeWorld({ files: { "/out/gguf/adapter.gguf": "older" } });
  await expect(
    exportInProcess(world, { model, orders }, { onMade: () => {}, signal: never }),
  ).rejects.toMatchObject({ code: "bad-option", what: "/out/gguf is taken" });
  expect(outputs(world)).toEqual(["/out/gguf/adapter.gguf"]);
});
