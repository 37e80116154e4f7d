/** Graphs that cannot be trained, contradict themselves or were made to harm: each is refused by a typed error that says what to do. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FrugalError } from "../../src/core/error.ts";
import { seededRandom } from "../../src/core/random.ts";
import type { OnnxModel, OnnxNode } from "../../src/formats/onnx/model.ts";
import { readOnnxModel } from "../../src/formats/onnx/read-model.ts";
import { Builder } from "../../src/graph/builder.ts";
import { emit } from "../../src/graph/emit.ts";
import { importModel } from "../../src/graph/import.ts";
import { differentiate } from "../../src/graph/passes/differentiate.ts";
import { summarize } from "../../src/graph/summary/summarize.ts";
import { fakeWorld } from "../support/fake-world.ts";

/** y = Relu(x) and z = Neg(y), with what is changed about them. */
function model(change: (nodes: readonly OnnxNode[]) => readonly OnnxNode[]): OnnxModel {
  const build = new Builder("g");
  const x = build.input("x", "float32", [2, 3]);
  const emitted = emit(build.build([build.op("Neg", [build.op("Relu", [x])])]));
  return { ...emitted, graph: { ...emitted.graph, nodes: change(emitted.graph.nodes) } };
}
const refusal = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (thrown) {
    return thrown;
  }
};

test("a cycle is refused with the node that waits for itself", () => {
  const cyclic = model(([first, second]) => [{ ...first!, inputs: second!.outputs }, second!]);
  expect(refusal(() => importModel(cyclic))).toMatchObject({
    code: "bad-model",
    what: expect.stringContaining("Relu"),
    why: expect.stringContaining("from the node itself"),
    remedy: "export the model again",
  });
});

test("an operator that nobody knows is listed when a graph is read, and refused when it is to be trained through", () => {
  const strange = model(([first, second]) => [{ ...first!, op: "Frobnicate" }, second!]);
  const { graph, problems } = importModel(strange);
  expect(problems.map(({ error }) => [error.code, error.what])).toEqual([
    ["graph-unsupported", 'operator Frobnicate in graph "g"'],
    // Its type follows from what is not known.
    ["graph-unsupported", expect.stringContaining("Neg")],
  ]);
  expect(
    refusal(() => differentiate(graph, { seeds: new Map([[graph.outputs[0]!, "x"]]), wrt: ["x"] })),
  ).toMatchObject({ code: "graph-unsupported", remedy: expect.stringContaining("docs/graph.md") });
});

test("a gradient that starts from a size nobody knows asks for the number", () => {
  const build = new Builder("open");
  const y = build.op("Relu", [build.input("x", "float32", ["rows", 3])]);
  const graph = build.build([y]);
  expect(refusal(() => differentiate(graph, { seeds: new Map([[y, undefined]]), wrt: ["x"] }))).toMatchObject(
    { code: "graph-unsupported", remedy: "give every symbolic size a number first" },
  );
});

test("thousands of damaged copies of a real model give a summary or a typed error, in bounded memory", async () => {
  const whole = readFileSync(join(import.meta.dirname, "../fixtures/imported/distilbert/model.onnx"));
  const random = seededRandom(7);
  const below = (end: number): number => Math.floor(random.next() * end);
  const before = process.memoryUsage.rss();
  let most = 0;
  const seen = { read: 0, refused: 0 };
  for (let copy = 0; copy < 2_000; copy++) {
    const bytes = Uint8Array.from(whole);
    for (let change = below(4); change >= 0; change--) bytes[below(bytes.length)] = below(256);
    const cut = below(10) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes;
    try {
      const { files } = fakeWorld({ files: { "/m/model.onnx": cut } });
      const imported = importModel(await readOnnxModel(files, "/m/model.onnx"));
      // Ten times the work of reading.
      if (copy % 10 === 0) summarize(imported);
      seen.read++;
    } catch (thrown) {
      if (!(thrown instanceof FrugalError)) throw thrown;
      expect(thrown.remedy).not.toBe("");
      seen.refused++;
    }
    most = Math.max(most, process.memoryUsage.rss() - before);
  }
  expect(seen.read).toBeGreaterThan(100);
  expect(seen.refused).toBeGreaterThan(100);
  expect(most).toBeLessThan(1e9);
});
