import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { writeWav } from "../formats/wav.ts";
import { type InputOptions, readInputs } from "./inputs.ts";
import type { InputKind } from "./task-table.ts";

const FILES = {
  "/fake/notes.txt": "one\n\ntwo\n",
  "/fake/mails.jsonl": '{"text":"a","body":"A"}\n{"text":"b","body":"B","question":"who?"}\n',
  "/fake/bad.jsonl": '{"text":"a"}\nnonsense\n',
  "/fake/tone.wav": writeWav({ samples: new Float32Array(8), rateHz: 8_000 }),
  "/fake/half.wav": writeWav({ samples: new Float32Array(8), rateHz: 8_000 }).slice(0, 50),
  "/fake/picture.png": Uint8Array.of(1, 2, 3),
  "/fake/empty.png": new Uint8Array(),
  "/fake/empty.txt": "",
  "/fake/folder/x.png": Uint8Array.of(1),
};
const read = (given: readonly string[], options: Partial<InputOptions> = {}, input = "") =>
  readInputs(fakeWorld({ files: FILES, input }), given, { kind: "text", ...options });
const texts = async (...args: Parameters<typeof read>): Promise<unknown[]> =>
  (await read(...args)).map(({ name, item }) => [name, item.kind === "text" ? item.text : item]);

test("a text, the lines of a file and JSON lines are items with names", async () => {
  expect(await texts(["A red fox.", "notes.txt", "mails.jsonl"])).toEqual([
    ["input 1", "A red fox."],
    ["notes.txt:1", "one"],
    ["notes.txt:3", "two"],
    ["mails.jsonl:1", "a"],
    ["mails.jsonl:2", "b"],
  ]);
});

test("--field picks another field and --limit stops early", async () => {
  expect(await texts(["mails.jsonl"], { field: "body", limit: 1 })).toEqual([["mails.jsonl:1", "A"]]);
});

test("standard input is lines of text, or JSON lines when the first is an object", async () => {
  expect(await texts(["-"], {}, "x\ny\n")).toEqual([
    ["stdin:1", "x"],
    ["stdin:2", "y"],
  ]);
  expect(await texts(["-"], {}, '{"text":"x"}\n')).toEqual([["stdin:1", "x"]]);
});

test("a question comes from the option or from the line", async () => {
  const pairs = await read(["mails.jsonl"], { kind: "question-context", question: "what?" });
  expect(pairs.map(({ item }) => item)).toEqual([
    { kind: "question-context", question: "what?", context: "a" },
    { kind: "question-context", question: "who?", context: "b" },
  ]);
  await expect(read(["x"], { kind: "question-context" })).rejects.toMatchObject({ code: "bad-option" });
});

test("sounds are decoded, images are passed on as they are", async () => {
  expect(await read(["tone.wav"], { kind: "audio" })).toEqual([
    { name: "tone.wav", item: { kind: "sound", sound: { samples: new Float32Array(8), rateHz: 8_000 } } },
  ]);
  expect(await read(["picture.png"], { kind: "image" })).toEqual([
    { name: "picture.png", item: { kind: "image", bytes: Uint8Array.of(1, 2, 3) } },
  ]);
});

const REFUSED: readonly [string, InputKind, string, string][] = [
  ["no-such.txt", "text", "file-missing", "no-such.txt"],
  ["./no-such", "text", "file-missing", "./no-such"],
  ["cat.png", "image", "file-missing", "cat.png"],
  ["anything at all", "audio", "file-missing", "anything at all"],
  ["folder", "image", "unsupported-input", "folder"],
  ["half.wav", "audio", "unsupported-input", "half.wav"],
  ["picture.png", "audio", "unsupported-input", "picture.png"],
  ["empty.png", "image", "empty-input", "empty.png"],
  ["empty.txt", "text", "empty-input", "empty.txt"],
  ["", "text", "empty-input", "an empty text"],
  ["   ", "text", "empty-input", "holds no item"],
  ["-", "text", "empty-input", "standard input"],
  ["-", "image", "empty-input", "stdin"],
  ["bad.jsonl", "text", "bad-data", "line 2 of bad.jsonl"],
];
test.each(REFUSED)("%j as %s is %s", async (given, kind, code, named) => {
  await expect(read([given], { kind })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(named),
  });
});

test("a wrong field is answered with those that there are", async () => {
  await expect(read(["mails.jsonl"], { field: "boddy" })).rejects.toMatchObject({
    code: "bad-data",
    remedy: expect.stringContaining("text, body"),
  });
});

test("every file call that fails ends in a clear error", async () => {
  for (let call = 1; ; call++) {
    const world = fakeWorld({ files: FILES, failAt: { call, code: "EIO" } });
    const reading = readInputs(world, ["notes.txt"], { kind: "text" });
    const failure = await reading.then(
      () => undefined,
      (thrown) => thrown,
    );
    if (world.fileCalls() < call) break;
    expect(failure).toMatchObject({ name: "FrugalError", message: expect.stringContaining("notes.txt") });
  }
});
