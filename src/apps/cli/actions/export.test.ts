import { expect, test } from "vitest";
import { type FakeOptions, fakeWorld } from "../../../../test/support/fake-world.ts";
import { numberedReceipt, sampleReceipt } from "../../../../test/support/sample-receipt.ts";
import { EXPORT_FORMATS } from "../commands/export.ts";
import { main } from "../main.ts";

const unread = { parts: [], status: "unavailable", shared: false } as const;
const receipt = numberedReceipt(1);
const FILES = {
  "/fake/a.json": JSON.stringify(receipt, null, 2),
  "/fake/many.json": JSON.stringify([receipt, numberedReceipt(2), sampleReceipt({ energy: unread })]),
  "/fake/unread.json": JSON.stringify(sampleReceipt({ energy: unread })),
  "/fake/none.json": "[]",
  "/fake/facts.json": JSON.stringify({ task: { taskFamily: "spam detection" } }),
  "/fake/list.json": "[]",
};

async function frugal(argv: readonly string[], more: FakeOptions = {}) {
  const world = fakeWorld({ files: FILES, ...more });
  const code = await main(world, ["export", ...argv]);
  const written = [...world.stored].filter(([path]) => !(path in FILES));
  return { code, out: world.out(), err: world.err(), written };
}

test.each(EXPORT_FORMATS)(
  "%s: from a file, from standard input and into a file it is the same text",
  async (format) => {
    const fromFile = await frugal(["a.json", "--format", format]);
    expect([fromFile.code, fromFile.err]).toEqual([0, ""]);
    expect(fromFile.out).toMatch(/\S\n$/);
    const fromInput = await frugal(["-", "--format", format], { input: FILES["/fake/a.json"] });
    expect(fromInput.out).toBe(fromFile.out);
    const intoFile = await frugal(["a.json", "--format", format, "--output", "out"]);
    expect([intoFile.code, intoFile.out]).toEqual([0, ""]);
    expect(intoFile.written.map(([path, bytes]) => [path, Buffer.from(bytes).toString()])).toEqual([
      ["/fake/out", fromFile.out],
    ]);
  },
);

test("a receipt that comes in twice is one run", async () => {
  const { out } = await frugal(["a.json", "many.json", "--format", "prometheus"]);
  expect(out).toMatch(/^frugal_runs_total\{.*\} 3$/m);
});

test("facts of the user's reach a BoAmps report; of several receipts those with energy become a list", async () => {
  const one = await frugal(["a.json", "--format", "boamps", "--facts", "facts.json"]);
  expect(JSON.parse(one.out)).toMatchObject({
    task: { taskFamily: "spam detection" },
    header: { reportId: receipt.id },
  });
  const many = await frugal(["many.json", "--format", "boamps"]);
  expect(JSON.parse(many.out)).toHaveLength(2);
  expect(many.err).toContain("1 receipt without energy left out");
});

test("a push sends instead of writing, with the user's headers, and says so", async () => {
  const calls: string[] = [];
  const fetch = (url: string) => {
    calls.push(url);
    return new Response("");
  };
  const push = ["--push", "http://h:9091", "--header", "X-Scope: a", "--header", "authorization: Bearer b"];
  const prometheus = await frugal(["many.json", "--format", "prometheus", ...push], { fetch });
  expect([prometheus.code, prometheus.out, prometheus.err]).toEqual([0, "", "pushed 3 receipts\n"]);
  const otlp = await frugal(["a.json", "--format", "otlp", "--push", "http://h:4318", "--json"], { fetch });
  expect(JSON.parse(otlp.out)).toEqual({ pushed: 1 });
  expect(calls).toEqual(["http://h:9091/metrics/job/frugal", "http://h:4318/v1/metrics"]);
});

test("a receiver that refuses is an error with its answer", async () => {
  const fetch = () => new Response("no such job", { status: 400 });
  const { code, err } = await frugal(["a.json", "--format", "prometheus", "--push", "http://h"], { fetch });
  expect(code).toBe(2);
  expect(err).toContain("it answered 400: no such job");
});

const PUSH = ["--push", "http://h"];
test.each([
  [["a.json"], "--format"],
  [["--format", "jsonl"], "receipt"],
  [["a.json", "--format", "csv"], "prometheus, otlp"],
  [["gone.json", "--format", "jsonl"], "gone.json: there is no such file"],
  [["none.json", "--format", "jsonl"], "there is no receipt in it"],
  [["facts.json", "--format", "jsonl"], "facts.json is no receipt"],
  [["unread.json", "--format", "boamps"], "nobody could read its energy"],
  [["a.json", "--format", "jsonl", ...PUSH], "push prometheus or otlp"],
  [["a.json", "--format", "otlp", ...PUSH, "--output", "x"], "leave it out"],
  [["a.json", "--format", "otlp", "--header", "a: b"], "it goes with --push"],
  [["a.json", "--format", "otlp", ...PUSH, "--header", "s3cret"], "NAME: VALUE"],
  [["a.json", "--format", "otlp", "--facts", "facts.json"], "it goes with --format boamps"],
  [["a.json", "--format", "boamps", "--facts", "list.json"], "it is not an object"],
  [["a.json", "--format", "prometheus", "--json"], "leave out --json"],
  [["a.json", "--format", "otlp", "--push", "localhost:4318"], "no http or https address"],
])("%j is refused: %s", async (args, words) => {
  const { code, out, err, written } = await frugal(args);
  expect([code, out, written]).toEqual([2, "", []]);
  expect(err).toContain(words);
  expect(err).not.toContain("s3cret");
});

test("whichever read or write fails, it is a clear error and nothing half-written is left", async () => {
  for (const port of ["files", "output", "fetch"] as const) {
    const args = port === "fetch" ? PUSH : port === "files" ? ["--output", "out"] : [];
    for (let at = 1; ; at++) {
      const world = fakeWorld({ files: FILES, failAt: { port, call: at, code: "EIO" } });
      const code = await main(world, ["export", "a.json", "--format", "otlp", ...args]);
      if (world.calls(port) < at) break;
      expect([port, at, code]).toEqual([port, at, 2]);
      expect(world.err()).toMatch(/^error: .+\nhint: .+\n$/s);
      expect(world.stored.has("/fake/out")).toBe(false);
    }
  }
});
