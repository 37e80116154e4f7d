import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { SparseMatrix } from "./feature-matrix.ts";
import { fitTfidf, type TfidfModel, tfidfRows } from "./tfidf.ts";

interface OracleCase {
  readonly words: [number, number];
  readonly sublinear: boolean;
  readonly minTexts: number;
  readonly maxTerms?: number;
  readonly idf: Record<string, number>;
  readonly rows: Record<string, number>[];
  readonly unseen: Record<string, number>[];
}
const oracle = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/oracles/text-classification.json"), "utf8"),
) as { texts: [string, string][]; unseen: string[]; tfidf: OracleCase[] };

/** Each row as term → value. */
const byTerm = ({ terms }: TfidfModel, { rows, starts, indices, values }: SparseMatrix) =>
  Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      [...indices.subarray(starts[row], starts[row + 1])].map((column, at) => [
        terms[column]!,
        values[starts[row]! + at]!,
      ]),
    ),
  );

function expectClose(actual: Record<string, number>, wanted: Record<string, number>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(wanted).sort());
  for (const [term, value] of Object.entries(wanted)) expect(actual[term], term).toBeCloseTo(value, 12);
}

test.each(oracle.tfidf)(
  "terms, idf and rows are scikit-learn's: $words words, sublinear $sublinear",
  async (one) => {
    const texts = oracle.texts.map(([, text]) => text);
    const model = await fitTfidf(texts, one);
    expectClose(Object.fromEntries(model.terms.map((term, at) => [term, model.idf[at]!])), one.idf);
    const toRows = tfidfRows(model);
    for (const [at, row] of byTerm(model, toRows(texts)).entries()) expectClose(row, one.rows[at]!);
    for (const [at, row] of byTerm(model, toRows(oracle.unseen)).entries()) expectClose(row, one.unseen[at]!);
  },
);

const words = fc.array(fc.constantFrom("red", "green", "blue", "sky", "sea", "a"), { maxLength: 12 });
const texts = fc.array(
  words.map((all) => all.join(" ")),
  { minLength: 1, maxLength: 8 },
);

test("every row has length 1, or 0 where no term is known", async () => {
  await fc.assert(
    fc.asyncProperty(texts, texts, fc.boolean(), async (train, test, sublinear) => {
      const model = await fitTfidf(["red sky", ...train], { words: [1, 2], sublinear });
      const known = new Set(model.terms);
      const { starts, indices, values } = tfidfRows(model)(test);
      for (const [row, text] of test.entries()) {
        const part = values.subarray(starts[row], starts[row + 1]);
        const length = Math.hypot(...part);
        if (text.split(" ").some((word) => known.has(word))) expect(length).toBeCloseTo(1, 12);
        else expect(length).toBe(0);
        const columns = [...indices.subarray(starts[row], starts[row + 1])];
        expect(columns).toEqual([...new Set(columns)].sort((a, b) => a - b));
      }
    }),
  );
});

test("of equally frequent terms the first in the alphabet stay", async () => {
  const { terms } = await fitTfidf(["pear fig pear", "plum apple"], { maxTerms: 2 });
  expect(terms).toEqual(["apple", "pear"]);
});

test("words that are names of object properties are words like others", async () => {
  const model = await fitTfidf(["constructor __proto__", "tostring"]);
  expect(model.terms).toEqual(["__proto__", "constructor", "tostring"]);
  expect(byTerm(model, tfidfRows(model)(["constructor"]))).toEqual([{ constructor: 1 }]);
});

test("texts without a word, and settings that leave no term, are refused", async () => {
  await expect(fitTfidf(["a", "!", ""])).rejects.toMatchObject({ code: "bad-data" });
  await expect(fitTfidf(["one", "two"], { minTexts: 2 })).rejects.toMatchObject({ code: "bad-data" });
  for (const bad of [
    { words: [2, 1] },
    { words: [1, 9] },
    { words: [0, 1] },
    { minTexts: 0 },
    { maxTerms: 0.5 },
  ]) {
    await expect(fitTfidf(["one"], bad as object)).rejects.toMatchObject({ code: "bad-option" });
  }
});

test("an abort ends the counting", async () => {
  await expect(fitTfidf(["one"], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
});
