import { expect, test } from "vitest";
import { encoderPrefix, headConfig } from "./class-names.ts";

test("a head's config.json names the class that loads it, and its labels both ways", () => {
  const problem = "single_label_classification" as const;
  expect(headConfig({ type: "xlm-roberta", what: "rows", labels: ["no", "yes"], problem })).toEqual({
    architectures: ["XLMRobertaForSequenceClassification"],
    id2label: { 0: "no", 1: "yes" },
    label2id: { no: 0, yes: 1 },
    problem_type: "single_label_classification",
  });
  expect(headConfig({ type: "distilbert", what: "tokens", labels: ["O"], problem })).toEqual({
    architectures: ["DistilBertForTokenClassification"],
    id2label: { 0: "O" },
    label2id: { O: 0 },
  });
});

test("families that are not known have no class and no prefix", () => {
  const facts = { type: "unheard", what: "rows", labels: ["a"], problem: "regression" } as const;
  expect(headConfig(facts)).not.toHaveProperty("architectures");
  expect([encoderPrefix("unheard"), encoderPrefix("bert")]).toEqual(["", "bert."]);
});
