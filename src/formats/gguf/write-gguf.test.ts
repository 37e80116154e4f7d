import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { nodeFiles } from "../../host/node-files.ts";
import { type TensorRef, tensorBytes } from "../tensor-ref.ts";
import type { GgufValue } from "./gguf-values.ts";
import { openGguf } from "./open-gguf.ts";
import { type GgufContent, writeGguf } from "./write-gguf.ts";

const WEIGHTS = join(import.meta.dirname, "../../../test/oracles/weights");

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "frugal-gguf-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test.each(["types.gguf", "aligned.gguf"])(
  "%s, which gguf-py wrote, comes out byte for byte",
  async (name) => {
    const source = await openGguf(nodeFiles, join(WEIGHTS, name));
    const path = join(emptyFolder(), name);
    await writeGguf(nodeFiles, path, source as GgufContent);
    expect(readFileSync(path).equals(readFileSync(join(WEIGHTS, name)))).toBe(true);
  },
);

const item = fc.oneof(
  fc.record({ type: fc.constant("uint8" as const), value: fc.nat(255) }),
  fc.record({ type: fc.constant("int16" as const), value: fc.integer({ min: -32768, max: 32767 }) }),
  fc.record({ type: fc.constant("float32" as const), value: fc.float({ noNaN: true }) }),
  fc.record({ type: fc.constant("float64" as const), value: fc.double({ noNaN: true }) }),
  fc.record({ type: fc.constant("uint64" as const), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
  fc.record({ type: fc.constant("bool" as const), value: fc.boolean() }),
  fc.record({ type: fc.constant("string" as const), value: fc.string({ unit: "grapheme" }) }),
  fc.record({
    type: fc.constant("array" as const),
    of: fc.constant("string" as const),
    value: fc.array(fc.string()),
  }),
  fc.record({
    type: fc.constant("array" as const),
    of: fc.constant("uint32" as const),
    value: fc.uint32Array(),
  }),
);
const tensor = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
  fc
    .float32Array({ minLength: shape.reduce((a, b) => a * b), maxLength: shape.reduce((a, b) => a * b) })
    .map((values): TensorRef & { data: Uint8Array } => ({
      dtype: "float32",
      shape,
      data: new Uint8Array(values.buffer),
    })),
);
const named = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{1,8})?$/), value, {
    maxKeys: 6,
    noNullPrototype: true,
  });

test("what is written is read back the same", async () => {
  const path = join(emptyFolder(), "any.gguf");
  await fc.assert(
    fc.asyncProperty(
      named(item),
      named(tensor),
      fc.constantFrom(undefined, 8, 64),
      async (keys, tensors, alignment) => {
        const metadata = new Map<string, GgufValue>(Object.entries(keys));
        if (alignment !== undefined) metadata.set("general.alignment", { type: "uint32", value: alignment });
        await writeGguf(nodeFiles, path, { metadata, tensors: new Map(Object.entries(tensors)) });
        const read = await openGguf(nodeFiles, path);
        expect(read.metadata).toEqual(metadata);
        expect([...read.tensors.keys()]).toEqual(Object.keys(tensors));
        for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
          const found = read.tensors.get(name) as TensorRef;
          expect([found.dtype, found.shape]).toEqual([dtype, shape]);
          expect(Buffer.from(await tensorBytes(nodeFiles, found)).equals(data)).toBe(true);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test("a type that ggml does not have is refused by the tensor's name", async () => {
  const odd: TensorRef = { dtype: "uint64", shape: [1], data: new Uint8Array(8) };
  const content = { metadata: new Map(), tensors: new Map([["odd", odd]]) };
  await expect(writeGguf(nodeFiles, join(emptyFolder(), "x.gguf"), content)).rejects.toMatchObject({
    code: "unsupported-input",
    what: expect.stringContaining("odd"),
  });
});
