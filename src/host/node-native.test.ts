import { expect, test } from "vitest";
import { loadKoffi, nodeNative } from "./node-native.ts";

/** The C library under its names on Linux (glibc, musl), macOS and Windows. */
const C_LIBRARY = [
  "libc.so.6",
  `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`,
  "libSystem.B.dylib",
  "ucrtbase.dll",
];

function cLibrary() {
  const opened = nodeNative.open(["libnowhere-of-frugal.so.9", ...C_LIBRARY]);
  if ("reason" in opened) throw new Error(opened.reason);
  return opened;
}

test("the first candidate that exists is loaded, and its functions take numbers and text", () => {
  const library = cLibrary();
  expect(C_LIBRARY).toContain(library.name);
  expect(library.bind("int abs(int)")?.(-7)).toBe(7);
  expect(library.bind("size_t strlen(const char *)")?.("kilo é")).toBe(7);
  expect(library.bind("double ldexp(double, int)")?.(0.75, 3)).toBe(6);
});

test("out-parameters fill memory of ours: integers, pointers and structs", () => {
  const library = cLibrary();
  const exponent = new Int32Array(1);
  expect(library.bind("double frexp(double, int *)")?.(8, exponent)).toBe(0.5);
  expect(exponent[0]).toBe(4);
  const end = new BigUint64Array(1);
  const text = new TextEncoder().encode("123456789012345678 rest\0");
  const strtoull = library.bind("unsigned long long strtoull(const void *, void *, int)");
  expect(strtoull?.(text, end, 10)).toBe(123456789012345678n);
  expect(end[0]).not.toBe(0n);
  const copy = new Uint8Array(5);
  // A pointer that C handed out goes back into C as a bigint.
  const memcpy = library.bind("void *memcpy(void *, const void *, size_t)");
  expect(memcpy?.(copy, new Uint8Array([1, 2, 3, 4, 5]), 5)).toEqual(expect.any(BigInt));
  expect([...copy]).toEqual([1, 2, 3, 4, 5]);
});

test("NULL comes back as null, and null goes in as NULL", () => {
  const library = cLibrary();
  expect(library.bind("void *memchr(const void *, int, size_t)")?.(new Uint8Array(4), 9, 4)).toBeNull();
  const strtol = library.bind("long strtol(const char *, void *, int)");
  expect(strtol?.("12", null, 10)).toBe(12);
});

test("a function that the library lacks is undefined; a prototype nobody can read is our mistake", () => {
  const library = cLibrary();
  expect(library.bind("int frugal_has_no_such_function(void)")).toBeUndefined();
  expect(() => library.bind("int abs(NoSuchType)")).toThrow();
});

test("when no candidate can be loaded the reason names each of them", () => {
  const absent = nodeNative.open(["libnowhere-a.so", "libnowhere-b.so"]);
  expect(absent).toEqual({ reason: expect.stringMatching(/^libnowhere-a\.so: .+; libnowhere-b\.so: .+/) });
});

test("a missing or broken koffi is said with its remedy, not thrown", () => {
  const broken = loadKoffi(() => {
    throw new Error("Cannot find module 'koffi'\nRequire stack: …");
  });
  expect(broken).toEqual({
    reason: "native calls do not work here: Cannot find module 'koffi'",
    remedy: expect.stringContaining("npm install"),
  });
});
