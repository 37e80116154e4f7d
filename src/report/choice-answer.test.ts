import { expect, test } from "vitest";
import { MAIL_REPORT, SPEECH_REPORT } from "../../test/support/choice-reports.ts";
import { answerOf, doubtOf, inShownOrder, needsNoModel } from "./choice-answer.ts";

const { picked: _, ...UNPICKED } = MAIL_REPORT;

test("the picked one is the answer; without one it is said that none does the job", () => {
  expect(answerOf(MAIL_REPORT)).toBe("TF-IDF + logistic regression");
  expect(answerOf(UNPICKED)).toBe("None of them does the job");
  expect(answerOf({ ...UNPICKED, candidates: UNPICKED.candidates.slice(0, 1) })).toBe(
    "It does not do the job",
  );
  expect(answerOf({ ...UNPICKED, candidates: [] })).toBe("Nothing was tried");
});

test("no model is needed only where the picked one has none and another has", () => {
  expect(needsNoModel(MAIL_REPORT)).toBe(true);
  expect(needsNoModel({ ...MAIL_REPORT, picked: "minilm-head" })).toBe(false);
  expect(needsNoModel({ ...MAIL_REPORT, candidates: MAIL_REPORT.candidates.slice(1) })).toBe(false);
  expect(needsNoModel(UNPICKED)).toBe(false);
});

test("the picked one stands first, what misses the floor last", () => {
  const [neural, words] = MAIL_REPORT.candidates;
  const bad = { ...words!, id: "majority", floor: "misses" as const };
  const ids = inShownOrder({ ...MAIL_REPORT, candidates: [bad, neural!, words!] }).map((one) => one.id);
  expect(ids).toEqual(["tf-idf", "minilm-head", "majority"]);
});

test("a pick whose interval reaches past the floor is doubted in words", () => {
  expect(doubtOf(MAIL_REPORT)).toBeUndefined();
  expect(doubtOf(SPEECH_REPORT)).toBe(
    "Likely, not sure: needed is at most 5 %, the interval is 0.9 … 6.8 %.",
  );
});
