import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  fp32Tensor,
  fp32Values,
  type MemoryTensor,
  readSafetensors,
  writeSafetensors,
} from "./safetensors.ts";

const oracle = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/oracles/safetensors-file.json"), "utf8"),
) as { base64: string; shapes: Record<string, number[]>; weight: number[] };

test("a file of the safetensors package is read as what it holds", () => {
  const { tensors, metadata } = readSafetensors("oracle", Buffer.from(oracle.base64, "base64"));
  const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toEqual(oracle.shapes);
  expect([...metadata]).toEqual([["made", "by an oracle"]]);
  expect([...fp32Values(tensors.get("weight")!)]).toEqual(oracle.weight);
  const { dtype, data } = tensors.get("count")!;
  expect(dtype).toBe("int64");
  expect(new DataView(data.buffer, data.byteOffset).getBigInt64(16, true)).toBe(2n ** 40n);
});

const anyTensors: fc.Arbitrary<Record<string, MemoryTensor>> = fc.dictionary(
  fc.string({ minLength: 1 }).filter((name) => name !== "__metadata__" && name !== "__proto__"),
  fc
    .array(fc.float({ noNaN: true }), { maxLength: 6 })
    .map((values) => fp32Tensor([values.length], Float64Array.from(values))),
  { maxKeys: 4 },
);

test("what is written is read back, and the data start at a multiple of 8", () => {
  fc.assert(
    fc.property(anyTensors, (tensors) => {
      const bytes = writeSafetensors(tensors);
      expect(Object.fromEntries(readSafetensors("x", bytes).tensors)).toEqual({ ...tensors });
      expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
    }),
  );
});

const some = writeSafetensors({
  a: fp32Tensor([2], Float64Array.of(1, 2)),
  b: fp32Tensor([1], Float64Array.of(3)),
});

test("a file cut at any byte, or with a byte too many, is refused by name", () => {
  for (let size = 0; size < some.length; size++) {
    expect(() => readSafetensors("w.safetensors", some.subarray(0, size)), `${size}`).toThrow(
      expect.objectContaining({ code: "bad-model", message: expect.stringContaining("w.safetensors") }),
    );
  }
  expect(() => readSafetensors("w", Uint8Array.from([...some, 0]))).toThrow(/1 bytes belong to no tensor/);
});

function withHeader(header: unknown, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}
const entry = (begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype: unknown = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

test.each([
  ["a gap between tensors", { a: entry(0, 4), b: entry(8, 12) }],
  ["tensors that overlap", { a: entry(0, 8), b: entry(4, 12) }],
  ["a tensor that ends beyond the file", { a: entry(0, 16) }],
  ["a shape that does not fit the bytes", { a: entry(0, 12, [2]) }],
  ["a shape that is no list of counts", { a: entry(0, 12, [-3]) }],
  ["an unknown dtype", { a: entry(0, 12, [3], "F33") }],
  ["an entry that is no object", { a: null }],
  ["a header that is a list of nothing known", [1]],
  ["a header that is a number", 5],
  ["a header that is no JSON", "{"],
])("%s is refused", (_, header) => {
  expect(() => readSafetensors("w", withHeader(header, 12))).toThrow(
    expect.objectContaining({ code: "bad-model" }),
  );
});

test("a header length of the size of the world is refused without reading it", () => {
  const bytes = new Uint8Array(16).fill(0xff);
  expect(() => readSafetensors("w", bytes)).toThrow(expect.objectContaining({ code: "bad-model" }));
});
