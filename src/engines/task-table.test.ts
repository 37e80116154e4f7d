import { pipeline } from "@huggingface/transformers";
import { expect, test } from "vitest";
import { BATCHED_TASKS } from "./pipeline-call.ts";
import { ENGINE_PACKAGES } from "./require-engine.ts";
import { parseTask, TASK_ALIASES, TASKS, type Task } from "./task-table.ts";

test("the table holds exactly the tasks that the installed transformers.js offers", async () => {
  const open = pipeline as unknown as (task: string) => Promise<never>;
  const refusal = await open("no-such-task").catch((thrown: Error) => thrown.message);
  const offered = /\[([^\]]+)\]/
    .exec(refusal)![1]!
    .split(",")
    .map((name) => name.trim());
  expect(Object.keys(TASKS).sort()).toEqual(offered.sort());
});

test("an alias leads to its task", () => {
  for (const [alias, task] of Object.entries(TASK_ALIASES)) expect(parseTask(alias)).toBe(task);
});

test("a misspelt task is answered with the nearest one", () => {
  const misspelt = () => parseTask("text-clasification");
  expect(misspelt).toThrow(
    expect.objectContaining({ code: "unknown-task", remedy: "did you mean text-classification?" }),
  );
  expect(() => parseTask("xyz")).toThrow(
    expect.objectContaining({ remedy: expect.stringContaining("use one of") }),
  );
  expect(() => parseTask("constructor")).toThrow(expect.objectContaining({ code: "unknown-task" }));
});

test("tasks that the table calls batched are those that take lists", () => {
  const batched = (Object.keys(TASKS) as Task[]).filter((task) => TASKS[task].batches);
  expect(batched.sort()).toEqual([...BATCHED_TASKS].sort());
});

test("the install line names the versions that package.json tests against", async () => {
  const { default: own } = await import("../../package.json", { with: { type: "json" } });
  for (const [name, version] of Object.entries(ENGINE_PACKAGES)) {
    expect(own.devDependencies[name as keyof typeof own.devDependencies]).toBe(version);
    expect(own.peerDependencies[name as keyof typeof own.peerDependencies]).toBe(`^${version}`);
  }
});
