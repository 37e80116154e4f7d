import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonProblem, repairedJson } from "./json-problem.ts";

test("what JSON.parse takes has no problem, and what it refuses has one, whatever is changed in it", () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom("", ",", '"', "}", "]", "x", "\\", "\n", "'"),
      (json, at, put) => {
        const place = at % (json.length + 1);
        const text = json.slice(0, place) + put + json.slice(place + 1);
        let fits = true;
        try {
          JSON.parse(text);
        } catch {
          fits = false;
        }
        expect(jsonProblem(text) === undefined, text).toBe(fits);
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ['{"a": 1,}', 7, "comma before }"],
  ['{"a" 1}', 5, "colon"],
  ["{'a': 1}", 1, "double quotes"],
  ['{"a": None}', 6, "write null"],
  ['{"a": "b', 6, "never closed"],
  ['{"a": 1} x', 9, "more text"],
  ['{"a": "\\q"}', 7, "backslash"],
  ['{"a": [1', 8, "ends inside a list"],
])("%j is wrong at %i: %s", (text, offset, reason) => {
  expect(jsonProblem(text)).toMatchObject({ offset });
  expect(jsonProblem(text)!.reason).toContain(reason);
});

test("nesting without end is told before it ends us", () => {
  expect(jsonProblem("[".repeat(100_000))!.reason).toContain("nested");
});

test.each([
  ["{'text': 'it\\'s \"good\"', 'label': None,}", '{"text": "it\'s \\"good\\"", "label": null}'],
  ['{text: "a", label: True', '{"text": "a", "label": true}'],
  ['{"tags": ["a", "b",]', '{"tags": ["a", "b"]}'],
])("%s becomes %s", (text, meant) => {
  expect(repairedJson(text)).toBe(meant);
});

test("what cannot be guessed is not", () => {
  expect(repairedJson('{"a": "b')).toBeUndefined();
  expect(repairedJson("hello there")).toBeUndefined();
});
