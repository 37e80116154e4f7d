import { expect, test } from "vitest";
import { yamlText } from "./yaml-text.ts";

test("objects, lists and scalars stand in block style", () => {
  const value = {
    name: "frugal",
    "two words": "a: b # c",
    flags: { on: true, "grid/zone": "FR", none: {} },
    list: [1, "x", { a: 1, b: [2, 3] }, []],
    nothing: [],
  };
  expect(yamlText(value)).toBe(`name: frugal
"two words": "a: b # c"
flags:
  "on": true
  grid/zone: FR
  none: {}
list:
  - 1
  - x
  - a: 1
    b:
      - 2
      - 3
  - []
nothing: []
`);
});

test.each([
  ["", '""'],
  ["yes", '"yes"'],
  ["null", '"null"'],
  ["~", '"~"'],
  ["1e5", '"1e5"'],
  ["2026-01-02", '"2026-01-02"'],
  ["line\nend", '"line\\nend"'],
  ["- x", '"- x"'],
])("the text %j stays a text", (text, yaml) => {
  expect(yamlText({ a: text })).toBe(`a: ${yaml}\n`);
});

test.each([
  [1e-7, "1.0e-7"],
  [-3e21, "-3.0e+21"],
  [1.5e-9, "1.5e-9"],
  [0.25, "0.25"],
])("%d is written so that every parser takes it for a number", (value, yaml) => {
  expect(yamlText({ a: value })).toBe(`a: ${yaml}\n`);
});
