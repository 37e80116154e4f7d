import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { type AdapterTask, parseTask, readAdapterTask, taskFields, taskJson } from "./adapter-task.ts";

const TASKS: readonly AdapterTask[] = [
  { task: "text-classification", layout: "multi", labels: ["a", "b"], pooling: "own", maxLength: 128 },
  { task: "token-classification", layout: "token", labels: ["O", "B-X"], pooling: "none" },
  { task: "sentence-similarity", layout: "score", labels: [], pooling: "mean", maxLength: 64 },
  { task: "causal-lm", maxLength: 512, chatTemplate: "chatml" },
  { task: "causal-lm" },
];

test.each(TASKS)("$task: what is written is read back", (task) => {
  expect(parseTask("frugal-task.json", JSON.parse(taskJson(task)))).toEqual(task);
});

test.each([
  [{ task: "poetry" }, "its task is"],
  [{ layout: "rows" }, "its layout is"],
  [{ pooling: "max" }, "its pooling is"],
  [{ labels: "a,b" }, "its labels are no list"],
  [{ labels: [1] }, "its labels are no list"],
  [{ max_length: 0 }, "its max_length is 0"],
  [{ max_length: "all" }, "its max_length is"],
])("%j is refused", (change, why) => {
  const json = { ...taskFields(TASKS[0]!), ...change };
  const refused = expect.objectContaining({ code: "bad-model", why: expect.stringContaining(why) });
  expect(() => parseTask("frugal-task.json", json)).toThrow(refused);
});

const LABELS = { id2label: { 0: "no", 1: "yes" } };
const read = (files: Readonly<Record<string, unknown>>, said?: AdapterTask["task"]): Promise<AdapterTask> =>
  readAdapterTask(
    fakeWorld({
      files: Object.fromEntries(Object.entries(files).map(([path, json]) => [path, JSON.stringify(json)])),
    }).files,
    { adapter: "/a", base: "/b", ...(said !== undefined && { said }) },
  );

test("adapters of others say task and labels in PEFT's and transformers' own words", async () => {
  const classes = { task: "text-classification", layout: "class", labels: ["no", "yes"], pooling: "own" };
  const peft = { "/a/adapter_config.json": { task_type: "SEQ_CLS" } };
  expect(await read({ ...peft, "/b/config.json": LABELS })).toEqual(classes);
  expect(
    await read({ ...peft, "/a/config.json": LABELS, "/b/config.json": { id2label: { 0: "x" } } }),
  ).toEqual(classes);
  const several = { ...LABELS, problem_type: "multi_label_classification" };
  expect(await read({ ...peft, "/a/config.json": several })).toMatchObject({ layout: "multi" });
  const number = { problem_type: "regression" };
  expect(await read({ ...peft, "/a/config.json": number })).toMatchObject({ layout: "number", labels: [] });
  const tokens = { ...LABELS, architectures: ["BertForTokenClassification"] };
  expect(await read({ "/b/config.json": tokens })).toMatchObject({ layout: "token", pooling: "none" });
  expect(await read({ "/a/adapter_config.json": { task_type: "CAUSAL_LM" } })).toEqual({ task: "causal-lm" });
  expect(await read({}, "sentence-similarity")).toMatchObject({ layout: "none", pooling: "mean" });
});

test("what nobody tells is asked for, and what is told otherwise refused", async () => {
  await expect(read({})).rejects.toMatchObject({
    code: "adapter-task-unknown",
    remedy: expect.stringContaining("--task"),
  });
  await expect(read({}, "token-classification")).rejects.toMatchObject({
    code: "adapter-task-unknown",
    remedy: expect.stringContaining("id2label"),
  });
  const gap = { id2label: { 0: "no", 2: "yes" } };
  await expect(read({ "/b/config.json": gap }, "token-classification")).rejects.toMatchObject({
    code: "adapter-task-unknown",
  });
  const own = { "/a/frugal-task.json": taskFields(TASKS[0]!) };
  await expect(read(own, "causal-lm")).rejects.toMatchObject({ code: "wrong-task" });
  expect(await read(own, "text-classification")).toEqual(TASKS[0]);
});
