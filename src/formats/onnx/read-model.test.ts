import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { modelFacts } from "../../../test/support/onnx-facts.ts";
import { MODEL_PATH, ONNX_CASES, onnxFacts, onnxFiles, onnxWorld } from "../../../test/support/onnx-files.ts";
import { type FilePart, lengthOf, virtualFile } from "../../../test/support/virtual-file.ts";
import { FrugalError } from "../../core/error.ts";
import { readOnnxModel } from "./read-model.ts";

test.each(ONNX_CASES)("%s: what the onnx package reads is read", async (name) => {
  const { files } = onnxWorld(name);
  expect(await modelFacts(files, await readOnnxModel(files, MODEL_PATH))).toEqual(onnxFacts(name));
});

test("large tensors stay in the file, whether raw or packed; small ones are at hand", async () => {
  const { graph } = await readOnnxModel(onnxWorld("typed data").files, MODEL_PATH);
  for (const [name, bytes] of [
    ["large", 8_000],
    ["large typed", 6_000],
  ] as const) {
    expect(graph.initializers.get(name)?.data).toMatchObject({ path: MODEL_PATH, length: bytes });
  }
  expect(graph.initializers.get("FLOAT raw")?.data).toBeInstanceOf(Uint8Array);
});

test("a tensor in another file is a span of that file", async () => {
  const { graph } = await readOnnxModel(onnxWorld("external").files, MODEL_PATH);
  expect(graph.initializers.get("w1000")?.data).toMatchObject({ path: "/m/weights.bin", length: 4_000 });
});

test("what cannot be held exactly is kept as it is encoded", async () => {
  const { graph } = await readOnnxModel(onnxWorld("attributes").files, MODEL_PATH);
  const attributes = graph.nodes[0]!.attributes;
  for (const name of ["huge", "huges", "binary", "binaries", "type", "types", "sparse"]) {
    expect(attributes[name], name).toMatchObject({ type: "opaque" });
  }
});

test("of a file of 6 GB only its framing is read", async () => {
  const GIGABYTE = 1024 ** 3;
  const described = (name: string) =>
    join(bytesField(8, text(name)), intField(1, GIGABYTE / 4), FLOAT, opened(9, GIGABYTE));
  const tensors = ["a", "b", "c", "d", "e", "f"].flatMap((name): FilePart[] => {
    const fields = described(name);
    return [opened(5, fields.length + GIGABYTE), fields, { pattern: Uint8Array.of(1), length: GIGABYTE }];
  });
  const whole = [intField(1, 9), opened(7, lengthOf(tensors)), ...tensors];
  const { files, read } = virtualFile(whole);
  const { graph } = await readOnnxModel(files, MODEL_PATH);
  const spans = [...graph.initializers.values()].map(({ data }) => data);
  expect(spans).toHaveLength(6);
  expect(spans.at(-1)).toEqual({ path: MODEL_PATH, offset: lengthOf(whole) - GIGABYTE, length: GIGABYTE });
  expect(read()).toBeLessThan(1_000_000);
});

test("a missing file, a folder, an unreadable file are told apart", async () => {
  const { files } = onnxWorld("shapes");
  await expect(readOnnxModel(files, "/m/other.onnx")).rejects.toMatchObject({ code: "file-missing" });
  await expect(readOnnxModel(files, "/m")).rejects.toMatchObject({ code: "file-missing" });
  // The model's size, its content, the size of its weights.
  for (const call of [1, 2, 3]) {
    const world = onnxWorld("external", { failAt: { call, code: "EACCES" } });
    await expect(readOnnxModel(world.files, MODEL_PATH)).rejects.toMatchObject({ code: "file-unreadable" });
  }
});

test("a file of weights that is missing or too short is named", async () => {
  const { "/m/model.onnx": model, "/m/weights.bin": weights } = onnxFiles("external");
  const reading = (files: Record<string, Uint8Array>) =>
    readOnnxModel(fakeWorld({ files }).files, MODEL_PATH);
  const incomplete = { code: "model-incomplete", why: expect.stringContaining("/m/weights.bin") };
  await expect(reading({ [MODEL_PATH]: model! })).rejects.toMatchObject(incomplete);
  const cut = weights!.slice(0, -1);
  await expect(reading({ [MODEL_PATH]: model!, "/m/weights.bin": cut })).rejects.toMatchObject(incomplete);
});

/** The key and length of a field whose content follows. */
const opened = (number: number, length: number): Uint8Array =>
  Uint8Array.of(...varint(number * 8 + 2), ...varint(length));
const intField = (number: number, value: number | readonly number[]): Uint8Array =>
  Uint8Array.of(number * 8, ...(typeof value === "number" ? varint(value) : value));
const bytesField = (number: number, content: Uint8Array): Uint8Array =>
  Uint8Array.of(...varint(number * 8 + 2), ...varint(content.length), ...content);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 0x80, ...varint(Math.floor(value / 128))];

const join = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((one) => [...one]));
const model = (...graph: readonly Uint8Array[]): Uint8Array =>
  join(intField(1, 9), bytesField(7, join(...graph)));
const tensor = (...fields: readonly Uint8Array[]): Uint8Array =>
  bytesField(5, join(bytesField(8, text("w")), ...fields));
const place = (key: string, value: string): Uint8Array =>
  bytesField(13, join(bytesField(1, text(key)), bytesField(2, text(value))));
const external = (location: string, ...more: readonly Uint8Array[]): Uint8Array =>
  model(tensor(intField(2, 1), place("location", location), intField(14, 1), ...more));
const NEGATIVE = [...Array.from({ length: 9 }, () => 0xff), 1];
const FLOAT = intField(2, 1);
const nested = (depth: number): Uint8Array => {
  let graph = bytesField(2, text("innermost"));
  for (let level = 0; level < depth; level++) graph = bytesField(1, bytesField(5, bytesField(6, graph)));
  return graph;
};

test.each<[string, Uint8Array, string]>([
  ["no bytes", new Uint8Array(), "empty"],
  ["no graph", intField(1, 9), "no graph"],
  ["a second graph", join(model(), bytesField(7, text(""))), "a second graph"],
  ["field number 0", Uint8Array.of(0, 0), "no field"],
  ["a wire type of old", Uint8Array.of(0x0b), "wire type 3"],
  ["a number of eleven bytes", Uint8Array.of(8, ...Array.from({ length: 11 }, () => 0x80)), "more than 10"],
  ["a length beyond the end", Uint8Array.of(0x3a, 100, 0), "would end after"],
  ["a length of 2^64 - 1", Uint8Array.of(0x3a, ...NEGATIVE), "would end after"],
  ["a graph that is a number", Uint8Array.of(0x38, 1), "wire type 0"],
  ["a name that is no text", model(bytesField(2, Uint8Array.of(0xff))), "not UTF-8"],
  ["graphs in graphs without end", model(nested(60)), "nested"],
  [
    "two initializers of one name",
    model(tensor(FLOAT, intField(1, 0)), tensor(FLOAT, intField(1, 0))),
    "second",
  ],
  ["a negative side", model(tensor(FLOAT, intField(1, NEGATIVE))), "a side of -1"],
  [
    "sides whose product is too large",
    model(tensor(FLOAT, ...[1, 2, 3].map(() => intField(1, 2 ** 40)))),
    "elements",
  ],
  [
    "less data than the shape asks for",
    model(tensor(FLOAT, intField(1, 2), bytesField(9, Uint8Array.of(1)))),
    "1 of 8",
  ],
  ["no data", model(tensor(FLOAT, intField(1, 2))), "0 of 8"],
  ["a data type that nobody knows", model(tensor(intField(2, 99))), "data type 99"],
  ["a byte of 300", model(tensor(intField(2, 2), intField(5, 300))), "no uint8"],
  ["segments", model(tensor(FLOAT, bytesField(3, intField(2, 1)))), "segments"],
  ["strings that are missing", model(tensor(intField(2, 8), intField(1, 2))), "0 of 2"],
  ["external data above the folder", external("../w"), "outside"],
  ["external data above the folder, by a detour", external("a/../../w"), "outside"],
  ["external data above the folder on Windows", external("..\\w"), "outside"],
  ["external data at an absolute path", external("/etc/passwd"), "outside"],
  ["external data on a drive", external("C:\\w"), "outside"],
  ["external data nowhere", external(""), "no file"],
  ["external data at no number", external("w", place("offset", "-1")), "at -1"],
  ["external data at a number beyond all", external("w", place("offset", "9".repeat(16))), "at 9"],
  ["external data of another size", external("w", place("length", "5")), "5 of 4"],
])("%s: refused with the file and the byte", async (_, content, why) => {
  const { files } = fakeWorld({ files: { [MODEL_PATH]: content } });
  await expect(readOnnxModel(files, MODEL_PATH)).rejects.toMatchObject({
    code: "bad-model",
    what: expect.stringContaining(MODEL_PATH),
    why: expect.stringMatching(new RegExp(`at byte \\d+: .*${why}`)),
  });
});

test("numbers of a tensor may come one by one", async () => {
  const ones = [1, 2].map((value) =>
    join(Uint8Array.of(0x25), new Uint8Array(Float32Array.of(value).buffer)),
  );
  const { files } = fakeWorld({ files: { [MODEL_PATH]: model(tensor(FLOAT, intField(1, 2), ...ones)) } });
  const { graph } = await readOnnxModel(files, MODEL_PATH);
  expect(graph.initializers.get("w")?.data).toEqual(new Uint8Array(Float32Array.of(1, 2).buffer));
});

test("a graph of millions of empty nodes is refused before it fills the memory", async () => {
  // Two bytes in the file would be hundreds in memory.
  const nodes = { pattern: Uint8Array.of(0x0a, 0), length: 2 ** 27 };
  const { files } = virtualFile([intField(1, 9), opened(7, nodes.length), nodes]);
  await expect(readOnnxModel(files, MODEL_PATH)).rejects.toMatchObject({
    code: "bad-model",
    why: expect.stringContaining("too large"),
  });
});

test("a file that was cut or changed anywhere gives a model or a clear error", async () => {
  const arbitrary = fc.record({
    name: fc.constantFrom(...ONNX_CASES),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    flip: fc.option(fc.integer({ min: 1, max: 255 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ name, at, flip }) => {
      const files = onnxFiles(name);
      const whole = files[MODEL_PATH]!;
      const index = Math.floor(at * whole.length);
      const changed = flip === undefined ? whole.slice(0, index) : whole.slice();
      if (flip !== undefined) changed[index]! ^= flip;
      try {
        await readOnnxModel(fakeWorld({ files: { ...files, [MODEL_PATH]: changed } }).files, MODEL_PATH);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(FrugalError);
      }
    }),
    { numRuns: 300 },
  );
});
