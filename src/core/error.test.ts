import { expect, test } from "vitest";
import { aborted, FrugalError, InternalError, invariant, isAbort, messageOf, systemCode } from "./error.ts";

const facts = {
  code: "file-missing",
  what: "cannot read m.onnx",
  why: "it is not there",
  remedy: "check",
} as const;

test("an error says what and why, and keeps its cause and exit code", () => {
  const cause = new Error("ENOENT");
  const error = new FrugalError({ ...facts, cause });
  expect(error.message).toBe("cannot read m.onnx: it is not there");
  expect([error.cause, error.exitCode, error.remedy]).toEqual([cause, 2, "check"]);
  expect(new FrugalError({ ...facts, code: "floor-not-met" }).exitCode).toBe(1);
});

test("our own mistakes are told apart from the user's", () => {
  expect(() => invariant(false, "lost a span")).toThrow(InternalError);
  expect(() => invariant(1, "fine")).not.toThrow();
});

test("an abort is known whoever threw it", () => {
  const foreign = new Error("stop");
  foreign.name = "AbortError";
  expect([aborted("x"), foreign, new Error("x"), undefined].map(isAbort)).toEqual([true, true, false, false]);
  expect(aborted("x").exitCode).toBe(130);
});

test.each([
  [{ code: "ENOSPC" }, "ENOSPC"],
  [{ code: 5 }, undefined],
  [null, undefined],
  ["ENOENT", undefined],
])("the system code of %j is %s", (thrown, code) => {
  expect(systemCode(thrown)).toBe(code);
});

test("anything thrown has a message", () => {
  expect([messageOf(new Error("a")), messageOf("b"), messageOf(undefined)]).toEqual(["a", "b", "undefined"]);
});
