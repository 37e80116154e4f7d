import fc from "fast-check";
import { expect, test } from "vitest";
import { joinBytes } from "../join-bytes.ts";
import { TORCH_MEANING } from "./torch-globals.ts";
import { DamagedPickle, PickleTuple, RefusedPickle, unpickle } from "./unpickle.ts";

/** Opcodes as text, for codes below 128, and bytes. */
const pickle = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  joinBytes(
    parts.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : Uint8Array.from(part))),
  );
const read = (...parts: readonly (string | readonly number[])[]): unknown =>
  unpickle(pickle([0x80, 2], ...parts), TORCH_MEANING);

test("dicts, lists, tuples, texts and numbers are read", () => {
  // pickle.dumps({"a": [1, 300, -2, 2**40, 0.5, None, True], "b": (("ü",), ())}, 2)
  const value = read(
    "}q\0(X", [1, 0, 0, 0], "a]q", [1], "(K\x01M", [0x2c, 1], "J", [0xfe, 0xff, 0xff, 0xff], [0x8a, 6, 0, 0, 0, 0, 0, 1], "G",
    [0x3f, 0xe0, 0, 0, 0, 0, 0, 0], "N", [0x88], "eX", [1, 0, 0, 0], "bX", [2, 0, 0, 0, 0xc3, 0xbc], [0x85], ")", [0x86], "u.",
  ); // biome-ignore format: one line reads as one row
  const tuple = (...items: unknown[]): PickleTuple => new PickleTuple(items);
  expect(value).toEqual(
    new Map<string, unknown>([
      ["a", [1, 300, -2, 2 ** 40, 0.5, null, true]],
      ["b", tuple(tuple("ü"), tuple())],
    ]),
  );
});

test.each([
  ["a function of the system", ["cos\nsystem\n"], /os\.system/],
  ["a builtin", ["c__builtin__\neval\n"], /__builtin__\.eval/],
  ["a name that every object has", ["ctorch\nconstructor\n"], /torch\.constructor/],
  ["a name on the stack", [[0x8c, 2], "os", [0x8c, 6], "system", [0x93]], /os\.system/],
  ["an object of a class", ["c__main__\nX\n)", [0x81]], /__main__\.X/],
  ["an instance by name", ["(i__main__\nX\n"], /INST/],
  ["a new object", [")", [0x81]], /NEWOBJ/],
  ["a call of a storage's type", ["ctorch\nFloatStorage\n)R"], /no known function/],
  ["an OrderedDict of something", ["ccollections\nOrderedDict\n}", [0x85], "R"], /OrderedDict/],
  ["an opcode of protocol 0", ["I1\n"], /0x49/],
  ["an opcode that copies", ["]2"], /0x32/],
  ["attributes of a list", ["]}b"], /no dict/],
  ["protocol 1", [[0x80, 1]], /protocol 1/],
])("%s is refused, and never run", (_, parts, message) => {
  expect(() => read(...parts, ".")).toThrow(RefusedPickle);
  expect(() => read(...parts, ".")).toThrow(message);
});

test.each([
  ["nothing", []],
  ["no end", ["}"]],
  ["an end without a value", ["."]],
  ["a text longer than the file", ["X", [255, 255, 255, 127], "."]],
  ["a text of 2^63 bytes", [[0x8d, 0, 0, 0, 0, 0, 0, 0, 0x80], "."]],
  ["text that is not UTF-8", ["X", [1, 0, 0, 0, 0xff], "."]],
  ["a memo that is not there", ["h\x07."]],
  ["a tuple that did not begin", ["t."]],
  ["a pop below a mark", ["K\x01(", [0x85], "."]],
  ["a key without a value", ["}(K\x01u."]],
  ["an import without an end", ["ctorch"]],
  ["an import of a number", ["K\x01K\x02", [0x93], "."]],
  ["a call without arguments", ["ctorch\nSize\nK\x01R."]],
  ["a shape of texts", ["ctorch\nSize\n(X", [1, 0, 0, 0], "at", [0x85], "R."]],
  ["a storage that is no storage", ["K\x01Q."]],
  ["a tensor without storage", ["ctorch._utils\n_rebuild_tensor_v2\n)R."]],
  ["a parameter without tensor", ["ctorch._utils\n_rebuild_parameter\n)R."]],
])("%s is damage", (_, parts) => {
  expect(() => read(...parts)).toThrow(DamagedPickle);
});

test.each([
  ["a stack that only grows", "N".repeat(101), /stack grows/],
  ["marks without end", "(".repeat(101), /stack grows/],
  ["a list of dicts without end", `]${"}a".repeat(101)}`, /too many/],
  ["one list filled without end", `]${"Na".repeat(101)}`, /too many/],
  ["memos without end", [0x4e, ...Array.from({ length: 101 }, () => 0x94)], /too many/],
])("%s is stopped", (_, opcodes, message) => {
  const limits = { things: 100, memos: 100, stack: 100 };
  expect(() => unpickle(pickle(opcodes), TORCH_MEANING, limits)).toThrow(message);
});

test("references to one another do not multiply: ten thousand levels of pairs of the same thing cost ten thousand pairs", () => {
  const levels = Array.from({ length: 10_000 }, () => [0x71, 0, 0x68, 0, 0x86]).flat();
  expect(read("K\x01", levels, ".")).toBeInstanceOf(PickleTuple);
});

test("any bytes are a value, damage or refused", () => {
  const parts = fc.oneof(
    fc.constantFrom(
      "}",
      "]",
      ")",
      "(",
      "t",
      "N",
      "s",
      "u",
      "R",
      "b",
      "Q",
      "ctorch\nSize\n",
      "ctorch\nFloatStorage\n",
    ),
    fc.constantFrom("q\0", "h\0", "ccollections\nOrderedDict\n", "ctorch._utils\n_rebuild_tensor_v2\n"),
    fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 30 }), (all) => {
      try {
        read(...all, ".");
      } catch (thrown) {
        if (!(thrown instanceof DamagedPickle || thrown instanceof RefusedPickle)) throw thrown;
      }
    }),
    { numRuns: 500 },
  );
});
