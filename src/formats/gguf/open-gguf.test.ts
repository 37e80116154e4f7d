import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import {
  expectOracle,
  expectValueOrClearError,
  oracleFile,
  oracleWorld,
  sweepDamage,
} from "../../../test/support/weight-oracle.ts";
import { joinBytes } from "../join-bytes.ts";
import { readFloat32 } from "../stored-tensor.ts";
import { openGguf } from "./open-gguf.ts";

const opened = async (world: ReturnType<typeof fakeWorld>) =>
  (await openGguf(world.files, "/m/types.gguf")).tensors;

test("every type that gguf-py reads here as well gives the same values, to the bit", async () => {
  const world = oracleWorld();
  await expectOracle(world, "types.gguf", await opened(world));
});

test("a file with another alignment is read", async () => {
  const world = oracleWorld();
  const { tensors, metadata } = await openGguf(world.files, "/m/aligned.gguf");
  await expectOracle(world, "aligned.gguf", tensors);
  expect(metadata.get("general.alignment")).toEqual({ type: "uint32", value: 256 });
});

test("keys of every type have their values", async () => {
  const { metadata, version } = await openGguf(oracleWorld().files, "/m/types.gguf");
  expect(version).toBe(3);
  expect(Object.fromEntries(metadata)).toMatchObject({
    "general.architecture": { type: "string", value: "llama" },
    "t.u8": { type: "uint8", value: 200 },
    "t.i8": { type: "int8", value: -100 },
    "t.u16": { type: "uint16", value: 60_000 },
    "t.i16": { type: "int16", value: -30_000 },
    "t.u32": { type: "uint32", value: 4_000_000_000 },
    "t.i32": { type: "int32", value: -2_000_000_000 },
    "t.u64": { type: "uint64", value: 2n ** 63n },
    "t.i64": { type: "int64", value: -(2n ** 62n) },
    "t.f32": { type: "float32", value: 0.5 },
    "t.f64": { type: "float64", value: 0.1 },
    "t.bool": { type: "bool", value: true },
    "t.string": { type: "string", value: "naïve 名" },
    "t.strings": { type: "array", of: "string", value: ["a", "", "名"] },
    "t.ints": { type: "array", of: "int32", value: Int32Array.of(1, -2, 3) },
    "t.floats": { type: "array", of: "float32", value: Float32Array.of(0.25, -1.5) },
    "t.bools": { type: "array", of: "bool", value: Uint8Array.of(1, 0) },
  });
});

test("a file cut anywhere or with any bit flipped gives values or an error that explains itself", async () => {
  // Without the padding at its end, which nothing needs.
  const content = oracleFile("types.gguf").subarray(0, -16);
  const { cut, flipped } = await sweepDamage(opened, "/m/types.gguf", content, 29);
  expect([...cut]).toEqual(["error"]);
  expect(flipped).toEqual(new Set(["value", "error"]));
});

/** GGUF by hand, so that it can be wrong. */
function gguf(parts: {
  readonly magic?: string;
  readonly version?: number;
  readonly counts?: readonly [tensors: bigint, keys: bigint];
  readonly rest?: readonly Uint8Array[];
  readonly padding?: number;
}): Uint8Array {
  return joinBytes([
    new TextEncoder().encode(parts.magic ?? "GGUF"),
    ...[u32(parts.version ?? 3), u64(parts.counts?.[0] ?? 0n), u64(parts.counts?.[1] ?? 0n)],
    ...(parts.rest ?? []),
    new Uint8Array(parts.padding ?? 0),
  ]);
}
const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const u64 = (value: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(value).buffer);
const text = (value: string): Uint8Array => {
  const bytes = new TextEncoder().encode(value);
  return joinBytes([u64(BigInt(bytes.length)), bytes]);
};
const tensor = (name: string, sides: readonly bigint[], type = 0, offset = 0n): Uint8Array =>
  joinBytes([text(name), u32(sides.length), ...sides.map(u64), u32(type), u64(offset)]);

const open = (content: Uint8Array) =>
  openGguf(fakeWorld({ files: { "/m/x.gguf": content } }).files, "/m/x.gguf");

test("version 2 is read", async () => {
  const content = gguf({ version: 2, counts: [1n, 0n], rest: [tensor("a", [2n])], padding: 64 });
  expect([...(await open(content)).tensors.keys()]).toEqual(["a"]);
});

const BOMB = 2n ** 40n;
test.each([
  ["another magic", gguf({ magic: "GGML" }), "bad-model", /begin with GGUF/],
  ["version 1", gguf({ version: 1 }), "unsupported-input", /version 1/],
  ["a big-endian file", gguf({ version: 0x0300_0000 }), "unsupported-input", /big-endian/],
  ["more tensors than fit", gguf({ counts: [BOMB, 0n] }), "bad-model", /tensors/],
  ["more keys than fit", gguf({ counts: [0n, BOMB] }), "bad-model", /keys/],
  ["a count beyond 2^53", gguf({ counts: [2n ** 60n, 0n] }), "bad-model", /size of/],
  ["a string longer than the file", gguf({ counts: [0n, 1n], rest: [u64(BOMB)], padding: 20 }), "bad-model", /middle/],
  ["an array longer than the file", gguf({ counts: [0n, 1n], rest: [text("k"), u32(9), u32(0), u64(BOMB)] }), "bad-model", /items in k/],
  ["an array of arrays", gguf({ counts: [0n, 1n], rest: [text("k"), u32(9), u32(9), u64(0n)] }), "bad-model", /array of arrays/],
  ["an unknown kind of value", gguf({ counts: [0n, 1n], rest: [text("k"), u32(13)] }), "bad-model", /unknown type 13/],
  ["a key twice", gguf({ counts: [0n, 2n], rest: [text("k"), u32(0), Uint8Array.of(1), text("k"), u32(0), Uint8Array.of(1)] }), "bad-model", /key k twice/],
  ["a tensor twice", gguf({ counts: [2n, 0n], rest: [tensor("a", [1n]), tensor("a", [1n])], padding: 99 }), "bad-model", /tensor a twice/],
  ["an alignment of 3", gguf({ counts: [0n, 1n], rest: [text("general.alignment"), u32(4), u32(3)] }), "bad-model", /power of two/],
  ["five dimensions", gguf({ counts: [1n, 0n], rest: [tensor("a", [1n, 1n, 1n, 1n, 1n])] }), "bad-model", /5 dimensions/],
  ["a shape beyond 2^53", gguf({ counts: [1n, 0n], rest: [tensor("a", [BOMB, BOMB])] }), "bad-model", /shape of a/],
  ["a row that is no whole blocks", gguf({ counts: [1n, 0n], rest: [tensor("a", [33n], 8)] }), "bad-model", /does not fit Q8_0/],
  ["a tensor of an unknown type", gguf({ counts: [1n, 0n], rest: [tensor("a", [1n], 99)] }), "unsupported-input", /type 99/],
  ["a tensor beyond the end", gguf({ counts: [1n, 0n], rest: [tensor("a", [64n])], padding: 99 }), "bad-model", /a would end/],
  ["a tensor out of line", gguf({ counts: [1n, 0n], rest: [tensor("a", [1n], 0, 4n)], padding: 99 }), "bad-model", /multiple of 32/],
] as const)("%s is refused", async (_, content, code, message) => {
  await expect(open(content)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
}); // biome-ignore format: one line reads as one row

test("a header larger than the first read is read to its end", async () => {
  const long = "x".repeat(3_000_000);
  const content = gguf({
    counts: [1n, 1n],
    rest: [text("k"), u32(8), text(long), tensor("a", [1n])],
    padding: 99,
  });
  const { metadata, tensors } = await open(content);
  expect(metadata.get("k")).toEqual({ type: "string", value: long });
  expect([...tensors.keys()]).toEqual(["a"]);
});

test("a quantization that is known but not read opens, and says so when its values are asked for", async () => {
  const content = gguf({ counts: [1n, 0n], rest: [tensor("a", [256n], 10)], padding: 200 });
  const world = fakeWorld({ files: { "/m/x.gguf": content } });
  const { tensors } = await openGguf(world.files, "/m/x.gguf");
  await expect(readFloat32(world.files, tensors.get("a")!)).rejects.toMatchObject({
    code: "unsupported-input",
    message: expect.stringContaining("Q2_K"),
  });
});

test("any bytes after the magic give a value or an error that explains itself", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (rest) => {
      const content = gguf({ counts: [1n, 1n], rest: [rest], padding: 64 });
      await expectValueOrClearError(
        async (world) => (await openGguf(world.files, "/x")).tensors,
        "/x",
        content,
      );
    }),
  );
});
