import { expect, test } from "vitest";
import { classesOf, type LabelledText } from "./labelled-text.ts";

test("classes are the labels in order, and each example's place among them", () => {
  const { labels, classOf } = classesOf([
    { text: "x", label: "spam" },
    { text: "y", label: "ham" },
    { text: "", label: "spam" },
  ]);
  expect(labels).toEqual(["ham", "spam"]);
  expect([...classOf]).toEqual([1, 0, 1]);
});

const good = { text: "x", label: "a" };
test.each([
  ["no example", [], "empty-input", "nothing to learn from"],
  ["one class only", [good, good], "bad-data", "labelled a"],
  ["a label that is a number", [good, { text: "x", label: 1 }], "bad-data", "example 2"],
  ["a label that is missing", [good, { text: "x" }], "bad-data", "label is missing"],
  ["a label of blanks", [{ text: "x", label: " " }, good], "bad-data", "example 1"],
  ["half of a character as a label", [good, { text: "x", label: "\ud83d" }], "bad-data", "example 2"],
  ["a text that is null", [good, { text: null, label: "b" }], "bad-data", "text is null"],
  ["no object at all", [good, undefined], "bad-data", "example 2"],
])("%s is refused", (_, examples, code, why) => {
  expect(() => classesOf(examples as LabelledText[])).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(why) }),
  );
});
