import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { FrugalError } from "../../core/error.ts";
import { dataTable } from "../../formats/data/data-table.ts";
import { describeMapping, type MappingOptions, parseMap, sameMapping } from "./mapping.ts";
import { type Dataset, openDataset, readExamples } from "./open-dataset.ts";

const open = async (name: string, content: string, options?: MappingOptions): Promise<Dataset> =>
  await openDataset(fakeWorld({ files: { [`d/${name}`]: content } }).files, `d/${name}`, options);

async function refusal(name: string, content: string, options?: MappingOptions): Promise<FrugalError> {
  const thrown = await open(name, content, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(FrugalError);
  return thrown as FrugalError;
}

const CHAT = '[{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]';
const said = [
  { role: "user", content: "hi" },
  { role: "assistant", content: "ho" },
];

test.each([
  ["a.csv", "Text,Label\na,x\nb,y\n", "classification", { text: "a", label: "x" }],
  ["a.tsv", "sentence\tclass\na,b\tx\n", "classification", { text: "a,b", label: "x" }],
  ["semicolons.csv", "text;label\na,b;x\n", "classification", { text: "a,b", label: "x" }],
  ["a.jsonl", '{"text": "a", "label": true}\n', "classification", { text: "a", label: "true" }],
  [
    "numbered.jsonl",
    '{"text": "a", "label": 1}\n{"text": "b", "label": 0}',
    "classification",
    { text: "a", label: "1" },
  ],
  ["a.json", '[{"text": "a", "label": 1.5}]', "regression", { text: "a", value: 1.5 }],
  ["stars.csv", "review,rating\na,5\nb,3\n", "regression", { text: "a", value: 5 }],
  ["scores.csv", "review,score\na,1.5\nb,3\n", "regression", { text: "a", value: 1.5 }],
  ["a.jsonl", '{"text": "a", "labels": ["x", "y", "x"]}', "multi-label", { text: "a", labels: ["x", "y"] }],
  ["lists.csv", 'text,labels\na,"[""x"", ""y""]"\n', "multi-label", { text: "a", labels: ["x", "y"] }],
  [
    "a.jsonl",
    '{"tokens": ["a", "b"], "ner_tags": ["O", 1]}',
    "token-classification",
    { tokens: ["a", "b"], tags: ["O", "1"] },
  ],
  [
    "brown.txt",
    "\tThe/at 1\\/2/cd and/or/cc\n\n",
    "token-classification",
    { tokens: ["The", "1\\/2", "and/or"], tags: ["at", "cd", "cc"] },
  ],
  [
    "a.jsonl",
    '{"sentence1": "a", "sentence2": "b", "score": 0.5}',
    "scored-pair",
    { texts: ["a", "b"], value: 0.5 },
  ],
  [
    "nli.jsonl",
    '{"premise": "a", "hypothesis": "b", "label": "no"}',
    "classification",
    { text: "a", pair: "b", label: "no" },
  ],
  ["a.jsonl", '{"anchor": "a", "positive": "b"}', "similar", { texts: ["a", "b"] }],
  ["a.jsonl", '{"query": "a", "positive": "b", "negative": "c"}', "similar", { texts: ["a", "b", "c"] }],
  ["a.jsonl", `{"messages": ${CHAT}}`, "chat", { messages: said, answersFrom: 0 }],
  [
    "a.jsonl",
    `{"messages": ${CHAT}, "tools": [{"name": "f"}]}`,
    "chat",
    { messages: said, answersFrom: 0, tools: [{ name: "f" }] },
  ],
  [
    "a.json",
    '[{"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}], "system": "s"}]',
    "chat",
    { messages: [{ role: "system", content: "s" }, ...said], answersFrom: 0 },
  ],
  [
    "a.jsonl",
    '{"instruction": "hi", "input": "", "output": "ho"}',
    "chat",
    { messages: said, answersFrom: 0 },
  ],
  [
    "a.jsonl",
    '{"instruction": "sum", "input": "1 2", "output": "3", "history": [["hi", "ho"]]}',
    "chat",
    {
      messages: [...said, { role: "user", content: "sum\n1 2" }, { role: "assistant", content: "3" }],
      answersFrom: 0,
    },
  ],
  ["a.jsonl", '{"prompt": "a", "completion": "b"}', "completion", { prompt: "a", completion: "b" }],
  [
    "a.jsonl",
    `{"prompt": ${CHAT}, "completion": [{"role": "assistant", "content": "more"}]}`,
    "chat",
    { messages: [...said, { role: "assistant", content: "more" }], answersFrom: 2 },
  ],
  ["a.jsonl", '{"text": "a"}', "text", { text: "a" }],
  ["a.txt", "one\n\ntwo\n", "text", { text: "one" }],
])("%s with %j is read as %s", async (name, content, kind, first) => {
  const found = await open(name, content);
  expect(found.kind).toBe(kind);
  expect(found.examples[0]).toEqual(first);
});

test("lines of a word and its tag are sentences, blank lines part them", async () => {
  const found = await open("eng.conll", "-DOCSTART- -X- O\n\nAda NNP B-PER\nlives VBZ O\n\n\nhere RB O\n");
  expect(found.examples).toEqual([
    { tokens: ["Ada", "lives"], tags: ["B-PER", "O"] },
    { tokens: ["here"], tags: ["O"] },
  ]);
  expect(found.places).toEqual([3, 7]);
  const cut = `${"word O\n".repeat(30)}word\n`;
  expect((await refusal("eng.conll", cut)).message).toContain("line 31");
  expect((await open("a.txt", "I am O\nYou are here\n")).kind).toBe("text");
});

test("parts of a message's content are put together", async () => {
  const found = await open(
    "a.jsonl",
    '{"messages": [{"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}',
  );
  expect(found.examples[0]).toMatchObject({ messages: [{ content: "ab" }] });
  const refused = await refusal(
    "a.jsonl",
    '{"messages": [{"role": "user", "content": [{"type": "image"}]}]}',
  );
  expect(refused.message).toContain("image");
});

test("the mapping is shown, and fixed by naming columns", async () => {
  const content = "id,body,klass\n1,a,x\n2,b,y\n";
  const found = await open("a.csv", content, { map: parseMap("text=body,label=klass") });
  expect(describeMapping(found.mapping)).toBe("text <- body, label <- klass");
  expect(found.mapping).toMatchObject({ shape: "classification", unused: ["id"] });
  expect(found.places).toEqual([2, 3]);
});

test("another file is read as the first was, whatever its values", async () => {
  const first = await open("a.csv", "review,stars\na,1.5\nb,2\n", {
    map: { text: "review", label: "stars" },
  });
  const other = "review,stars\na,1\nb,2\n";
  expect(first.kind).toBe("regression");
  expect((await open("b.csv", other, { map: first.mapping.columns })).kind).toBe("classification");
  expect((await open("b.csv", other, sameMapping(first.mapping))).kind).toBe("regression");
  const lines = await open("a.txt", "a/X b/Y\n");
  expect((await open("b.txt", "c/X\n", sameMapping(lines.mapping))).examples).toEqual([
    { tokens: ["c"], tags: ["X"] },
  ]);
});

test("one name maps labels of every kind", async () => {
  const map = { text: "body", label: "kind" };
  expect((await open("a.jsonl", '{"body": "a", "kind": ["x", "y"]}', { map })).kind).toBe("multi-label");
  expect((await open("a.jsonl", '{"body": "a", "kind": 0.5}', { map })).kind).toBe("regression");
  expect((await open("a.jsonl", '{"body": "a", "kind": "x"}', { map })).kind).toBe("classification");
  const accept = ["classification", "multi-label", "regression"] as const;
  const { remedy } = await refusal("a.csv", "text,lable\na,x\n", { accept });
  expect(remedy).toContain("--map label=lable");
});

test("a shape that is asked for decides where values would not", async () => {
  const content = '{"text": "a", "label": 1}\n{"text": "b", "label": 2}';
  expect((await open("a.jsonl", content)).kind).toBe("classification");
  expect((await open("a.jsonl", content, { shape: "regression" })).kind).toBe("regression");
  expect((await open("a.jsonl", content, { accept: ["text"] })).kind).toBe("text");
});

test("the same examples have the same hash in every format, and another when one changes", async () => {
  const csv = await open("a.csv", "text,label\na,x\nb,y\n");
  const json = await open("a.json", '[{"label": "x", "text": "a"},\n{"text": "b", "label": "y"}]');
  const other = await open("a.csv", "text,label\na,x\nb,x\n");
  expect(json.sha256).toBe(csv.sha256);
  expect(other.sha256).not.toBe(csv.sha256);
});

test.each([
  [
    "a typo in a column",
    "a.csv",
    "text,lable\na,x\n",
    { accept: ["classification"] },
    ["text, lable", "--map label=lable"],
  ],
  ["no column of any shape", "a.csv", "n,m\n1,2\n", {}, ["n, m", "--map text=COLUMN"]],
  [
    "a column that is not there",
    "a.csv",
    "body,label\na,x\n",
    { map: { text: "boddy" } },
    ["no column boddy", "text=body"],
  ],
  [
    "a role that is not there",
    "a.csv",
    "body,label\na,x\n",
    { map: { txt: "body" } },
    ["nothing is called txt", "did you mean text"],
  ],
  [
    "a row of another shape",
    "a.jsonl",
    '{"text": "a", "label": "x"}\n\n{"prompt": "p", "label": "x"}',
    {},
    ["line 3, column text", "only prompt, label", "text <- text"],
  ],
  [
    "an empty cell",
    "a.csv",
    "text,label\na,x\n,y\n",
    {},
    ["line 3, column text", "empty instead of a text", '{"text": "some text", "label": "y"}'],
  ],
  [
    "a number that is none",
    "a.csv",
    "text,score\na,1.5\nb,n/a\n",
    { shape: "regression" },
    ["line 3, column score", '"n/a" instead of a number'],
  ],
  [
    "tags that are too few",
    "a.jsonl",
    '{"tokens": ["a", "b"], "tags": ["O"]}',
    {},
    ["line 1, column tags", "1 tags for 2 tokens", '["O","O"]'],
  ],
  ["a word without a tag", "a.txt", "a/X b/Y\nc/X d\n", {}, ["line 2, word 2", "d/TAG"]],
  [
    "a chat nobody answers",
    "a.jsonl",
    '{"messages": [{"role": "user", "content": "hi"}]}',
    {},
    ["line 1, column messages", "no message of the assistant"],
  ],
  ["a message without a role", "a.jsonl", '{"messages": [{"content": "hi"}]}', {}, ["message 1 has no role"]],
  [
    "a broken line in the middle",
    "a.jsonl",
    '{"text": "a"}\n{"text": \'b\', "n": None,}\n{"text": "c"}',
    {},
    ["line 2, column 10", "double quotes", '{"text": "b", "n": null}'],
  ],
  ["no rows", "a.csv", "text,label\n", {}, ["nothing below them"]],
  ["no bytes", "a.jsonl", "\n\n", {}, ["no rows"]],
] as const)("%s is told with its place and what to do", async (_, name, content, options, parts) => {
  const { what, why, remedy } = await refusal(name, content, options as MappingOptions);
  for (const part of parts) expect(`${what}: ${why} hint: ${remedy}`).toContain(part);
});

test("whatever rows hold, they are examples or refused with a place", () => {
  const columns = ["text", "label", "labels", "tokens", "tags", "messages", "conversations", "prompt", "completion", "score", "sentence1", "sentence2", "instruction", "output", "history", "anchor", "positive"]; // biome-ignore format: one line
  const message = fc.record(
    {
      role: fc.constantFrom("user", "assistant", 1),
      content: fc.oneof(fc.string(), fc.constant(null), fc.jsonValue()),
      from: fc.string(),
    },
    { requiredKeys: [] },
  );
  const value = fc.oneof(
    fc.jsonValue(),
    fc.string(),
    fc.array(fc.string()),
    fc.array(message),
    fc.constant(undefined),
  );
  const row = fc.dictionary(fc.constantFrom(...columns), value, { maxKeys: 5 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 3 }), (rows) => {
      const table = dataTable(
        "x.jsonl",
        "json",
        rows.map((values, at) => ({ at: at + 1, values })),
      );
      try {
        expect(readExamples(table).examples).toHaveLength(rows.length);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(FrugalError);
        expect((thrown as FrugalError).message).toContain("x.jsonl");
      }
    }),
    { numRuns: 2000 },
  );
});

test.each(["text", "text=", "text=a=b", ""])("the mapping %j cannot be read, and says so", (given) => {
  expect(() => parseMap(given)).toThrow("cannot be read");
});
