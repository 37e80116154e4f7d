import { expect, test } from "vitest";
import { numberedReceipt } from "../../test/support/sample-receipt.ts";
import { receiptsIn } from "./receipts-in.ts";

const [first, second] = [numberedReceipt(1), numberedReceipt(2)];
const compact = (value: unknown) => JSON.stringify(value);

test.each([
  ["one receipt, laid out", JSON.stringify(first, null, 2), [first]],
  ["a list", JSON.stringify([first, second], null, 2), [first, second]],
  ["a list with a receipt per line", `[\n${compact(first)},\n${compact(second)}\n]\n`, [first, second]],
  ["JSON lines", `${compact(first)}\n\n${compact(second)}\r\n`, [first, second]],
  ["results with their receipt", compact({ results: [], receipt: first }), [first]],
  ["an empty list", "[]", []],
  ["nothing", " \n", []],
])("%s is read", (_, text, receipts) => {
  expect(receiptsIn("file", text)).toEqual(receipts);
});

test.each([
  ["not JSON", "{", "file is no receipt: it is not JSON"],
  ["a laid-out text that was cut", JSON.stringify(first, null, 2).slice(0, -9), "it is not JSON"],
  ["a broken line", `${compact(first)}\n{`, "its line 2 is not JSON"],
  ["something else", "3", "it is not a JSON object"],
  ["null", "null", "it is not a JSON object"],
  ["another schema", compact({ ...first, schema: "x" }), '"schema" is not as'],
  [
    "a changed receipt",
    compact([first, { ...second, duration_s: 1 }]),
    "receipt 2 of file is no receipt: its content",
  ],
  ["half of a surrogate pair", '{"a":"\\ud800"}', "surrogate"],
])("%s is refused", (_, text, words) => {
  expect(() => receiptsIn("file", text)).toThrow(words);
});
