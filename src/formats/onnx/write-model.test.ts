import fc from "fast-check";
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { onnxModel } from "../../../test/support/onnx-arbitraries.ts";
import { modelFacts } from "../../../test/support/onnx-facts.ts";
import { MODEL_PATH, ONNX_CASES, onnxFacts, onnxWorld } from "../../../test/support/onnx-files.ts";
import { FrugalError, InternalError } from "../../core/error.ts";
import type { TensorRef } from "../tensor-ref.ts";
import type { OnnxModel } from "./model.ts";
import { readOnnxModel } from "./read-model.ts";
import { encodeOnnxModel, writeOnnxModel } from "./write-model.ts";

const NEW = "/new/model.onnx";
const DATA = "/new/model.onnx.data";

const floats = (count: number, value = 1): TensorRef => ({
  dtype: "float32",
  shape: [count],
  data: new Uint8Array(new Float32Array(count).fill(value).buffer),
});
const withWeights = (weights: Readonly<Record<string, TensorRef>>): OnnxModel => ({
  irVersion: 10,
  producerName: "test",
  producerVersion: "",
  opsets: new Map([["", 21]]),
  graph: {
    name: "weights",
    nodes: [],
    initializers: new Map(Object.entries(weights)),
    inputs: [],
    outputs: [],
    valueInfo: [],
  },
  functions: [],
  metadata: new Map(),
});
const dataOf = (model: OnnxModel) => [...model.graph.initializers.values()].map(({ data }) => data);

test.each(ONNX_CASES)("%s: what was written is read again, with weights beside and inside", async (name) => {
  const { files } = onnxWorld(name);
  const model = await readOnnxModel(files, MODEL_PATH);
  for (const threshold of [1, 1_024, Number.POSITIVE_INFINITY]) {
    await writeOnnxModel(files, NEW, model, { threshold });
    const again = await readOnnxModel(files, NEW);
    expect(await modelFacts(files, again)).toEqual(onnxFacts(name));
    expect(again.kept).toEqual(model.kept);
    expect(again.graph.sparseInitializers).toEqual(model.graph.sparseInitializers);
    expect(again.graph.kept).toEqual(model.graph.kept);
    expect(again.graph.nodes.map(({ kept }) => kept)).toEqual(model.graph.nodes.map(({ kept }) => kept));
  }
});

test("any model is read as it was written, and written again as the same bytes", async () => {
  await fc.assert(
    fc.asyncProperty(onnxModel, fc.constantFrom(0, 16, 1_024), async (model, threshold) => {
      const world = fakeWorld();
      await writeOnnxModel(world.files, NEW, model, { threshold });
      const again = await readOnnxModel(world.files, NEW);
      expect(await modelFacts(world.files, again)).toEqual(await modelFacts(world.files, model));
      const first = new Map(world.stored);
      await writeOnnxModel(world.files, NEW, again, { threshold });
      expect(world.stored).toEqual(first);
    }),
    { numRuns: 100 },
  );
});

test("a model in memory is its file's bytes", async () => {
  const model = withWeights({ w: floats(5_000) });
  const { files } = fakeWorld();
  await writeOnnxModel(files, NEW, model, { threshold: Number.POSITIVE_INFINITY });
  expect(encodeOnnxModel(model, { inlineAll: true })).toEqual(await files.readBytes(NEW));
});

test("large tensors lie at multiples of 64 bytes, very large ones at pages", async () => {
  const { files } = fakeWorld();
  const sizes = { small: 1, a: 257, b: 300, page: 300_000, c: 999 };
  await writeOnnxModel(
    files,
    NEW,
    withWeights(Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, floats(size)]))),
  );
  const [small, a, b, page, c] = dataOf(await readOnnxModel(files, NEW));
  expect(small).toBeInstanceOf(Uint8Array);
  expect(a).toEqual({ path: DATA, offset: 0, length: 1_028 });
  expect(b).toEqual({ path: DATA, offset: 1_088, length: 1_200 });
  expect(page).toEqual({ path: DATA, offset: 4_096, length: 1_200_000 });
  expect(c).toEqual({ path: DATA, offset: 1_204_096, length: 3_996 });
});

test("weights that are kept stay in their file; those elsewhere are copied", async () => {
  const base = new Uint8Array(8_000).map((_, at) => at);
  const { files, stored } = fakeWorld({ files: { "/new/base/w.bin": base, "/other/w.bin": base } });
  const at = (path: string): TensorRef => ({
    dtype: "uint8",
    shape: [4_000],
    data: { path, offset: 100, length: 4_000 },
  });
  const model = withWeights({ below: at("/new/base/w.bin"), outside: at("/other/w.bin"), own: floats(500) });
  await writeOnnxModel(files, NEW, model, { keep: true });
  const [below, outside, own] = dataOf(await readOnnxModel(files, NEW));
  expect(below).toEqual({ path: "/new/base/w.bin", offset: 100, length: 4_000 });
  expect(outside).toEqual({ path: DATA, offset: 0, length: 4_000 });
  expect(own).toMatchObject({ path: DATA, offset: 4_032 });
  expect(stored.get(DATA)!.slice(0, 4_000)).toEqual(base.slice(100, 4_100));
});

test("a model that refers to the very files that it replaces is whole afterwards", async () => {
  for (const threshold of [1_024, Number.POSITIVE_INFINITY]) {
    const { files } = fakeWorld();
    await writeOnnxModel(files, NEW, withWeights({ a: floats(2_000, 1), b: floats(2_000, 2) }), {
      threshold,
    });
    const { graph, ...model } = await readOnnxModel(files, NEW);
    const swapped = {
      ...model,
      graph: { ...graph, initializers: new Map([...graph.initializers].reverse()) },
    };
    await writeOnnxModel(files, NEW, swapped, { keep: true });
    expect(await modelFacts(files, await readOnnxModel(files, NEW))).toEqual(
      await modelFacts(files, withWeights({ b: floats(2_000, 2), a: floats(2_000, 1) })),
    );
  }
});

test("whichever file call fails, what is there is the old model, none, or the new one", async () => {
  const old = fakeWorld();
  await writeOnnxModel(old.files, NEW, withWeights({ w: floats(500, 1) }));
  const files = Object.fromEntries(old.stored);
  const next = withWeights({ v: floats(300, 3), w: floats(500, 2) });
  const oldFacts = await modelFacts(old.files, withWeights({ w: floats(500, 1) }));
  const newFacts = await modelFacts(old.files, next);
  for (let call = 1; ; call++) {
    const world = fakeWorld({ files, failAt: { call, code: "ENOSPC" } });
    let failure: unknown;
    await writeOnnxModel(world.files, NEW, next).catch((thrown: unknown) => {
      failure = thrown;
    });
    const calm = fakeWorld({ files: Object.fromEntries(world.stored) }).files;
    if (failure === undefined) {
      expect(await modelFacts(calm, await readOnnxModel(calm, NEW))).toEqual(newFacts);
      break;
    }
    expect(failure).toMatchObject({ name: "FrugalError", code: "disk-full" });
    expect([...world.stored.keys()].filter((path) => path.endsWith(".draft"))).toEqual([]);
    if (world.stored.has(NEW)) {
      expect(await modelFacts(calm, await readOnnxModel(calm, NEW)), `call ${call}`).toEqual(oldFacts);
    }
  }
});

test("weights are copied in pieces, however large", async () => {
  const length = 10 * 1024 * 1024;
  const { files } = fakeWorld();
  let longest = 0;
  const reading = {
    ...files,
    readBytes: async (_: string, range?: { offset: number; length: number }) => {
      longest = Math.max(longest, range?.length ?? Number.POSITIVE_INFINITY);
      return new Uint8Array(range?.length ?? 0);
    },
  };
  const tensor: TensorRef = {
    dtype: "int8",
    shape: [length],
    data: { path: "/far/w.bin", offset: 0, length },
  };
  await writeOnnxModel(reading, NEW, withWeights({ tensor }));
  expect((await files.stat(DATA))?.size).toBe(length);
  expect(longest).toBeLessThanOrEqual(4 * 1024 * 1024);
});

test("weights whose file is gone, or shorter by now, end the writing", async () => {
  const tensor = (path: string): TensorRef => ({
    dtype: "int8",
    shape: [2_000],
    data: { path, offset: 0, length: 2_000 },
  });
  const { files, stored } = fakeWorld({ files: { "/far/short.bin": new Uint8Array(1_999) } });
  const writing = (path: string) => writeOnnxModel(files, NEW, withWeights({ w: tensor(path) }));
  await expect(writing("/far/short.bin")).rejects.toMatchObject({ code: "model-incomplete" });
  await expect(writing("/far/gone.bin")).rejects.toMatchObject({ code: "file-unreadable" });
  expect([...stored.keys()]).toEqual(["/far/short.bin"]);
});

test("weights in files become references below the folder, and nothing else", async () => {
  const span = { path: "/new/w.bin", offset: 64, length: 4 };
  const model = withWeights({ w: { dtype: "float32", shape: [1], data: span } });
  const encoded = encodeOnnxModel(model, { folder: "/new" });
  const { files } = fakeWorld({ files: { [NEW]: encoded, "/new/w.bin": new Uint8Array(68) } });
  expect(dataOf(await readOnnxModel(files, NEW))).toEqual([span]);
  expect(() => encodeOnnxModel(model, { folder: "/elsewhere" })).toThrow(FrugalError);
  expect(() => encodeOnnxModel(model, { inlineAll: true })).toThrow(FrugalError);
});

test("what needs more than 2 GB inside the model file is refused before anything is written", async () => {
  const { files, stored } = fakeWorld();
  const length = 2 ** 31;
  const tensor: TensorRef = {
    dtype: "int8",
    shape: [length],
    data: { path: "/far/w.bin", offset: 0, length },
  };
  const writing = writeOnnxModel(files, NEW, withWeights({ tensor }), {
    threshold: Number.POSITIVE_INFINITY,
  });
  await expect(writing).rejects.toMatchObject({ code: "bad-model", why: expect.stringContaining("2 GB") });
  expect(stored.size).toBe(0);
});

test("a tensor whose data does not fit its shape is our own mistake", async () => {
  const { files } = fakeWorld();
  const wrong = { ...floats(2), shape: [3] };
  await expect(writeOnnxModel(files, NEW, withWeights({ wrong }))).rejects.toBeInstanceOf(InternalError);
});
