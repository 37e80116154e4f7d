import { expect, test } from "vitest";
import { nodeFiles } from "../../host/node-files.ts";
import { plainTag, readBrown, unigramTagger } from "./brown.ts";

test.each([
  ["nn-tl", "nn"],
  ["fw-in-tl", "in"],
  ["ppss+bez", "ppss"],
  ["vbn-tl-hl", "vbn"],
  ["np$", "np$"],
  ["--", "--"],
])("the tag %s is %s", (tag, plain) => expect(plainTag(tag)).toBe(plain));

test("words get their most frequent tag, words that were never seen the most frequent of all", () => {
  const tag = unigramTagger([
    { tokens: ["the", "run", "ended"], tags: ["at", "nn", "vbd"] },
    { tokens: ["they", "run", "a", "run"], tags: ["ppss", "vb", "at", "nn"] },
  ]);
  expect(tag(["the", "run", "stopped"])).toEqual(["at", "nn", "at"]);
});

test("the same seed draws the same sentences, none is in both parts, and the test has no tag that training lacks", async () => {
  const sizes = { train: 60, test: 20 };
  const drawn = await readBrown(nodeFiles, 1, sizes);
  expect([drawn.train.length, drawn.test.length]).toEqual([60, 20]);
  expect((await readBrown(nodeFiles, 1, sizes)).sha256).toBe(drawn.sha256);
  expect((await readBrown(nodeFiles, 2, sizes)).sha256).not.toBe(drawn.sha256);
  const known = new Set(drawn.train.flatMap(({ tags }) => tags));
  const texts = new Set(drawn.train.map(({ tokens }) => tokens.join(" ")));
  for (const { tokens, tags } of drawn.test) {
    expect(tags.filter((tag) => !known.has(tag))).toEqual([]);
    expect(texts.has(tokens.join(" "))).toBe(false);
    expect(tags.length).toBe(tokens.length);
  }
});
