/** Which weights are stored, and that other uses of a matrix keep it from being touched. */
import { expect, test } from "vitest";
import { fromFloat32 } from "../../src/formats/convert-dtype.ts";
import { elementCount } from "../../src/formats/tensor-ref.ts";
import { Builder } from "../../src/graph/builder.ts";
import { storeBase } from "../../src/graph/passes/store-base.ts";
import { distance } from "../support/golden-model.ts";
import { type Filled, floats, inMemory, startGraph } from "../support/run-graph.ts";

const matrix = (shape: readonly number[]) => ({
  dtype: "float32" as const,
  shape,
  data: fromFloat32(
    Float32Array.from({ length: elementCount(shape) }, (_, at) => Math.sin(at)),
    "float32",
  ),
});

/** A graph with one matrix `w`, and an input x. */
function graphOf(shape: readonly number[], use: (build: Builder, w: string, x: string) => string) {
  const build = new Builder("uses");
  const x = build.input("x", "float32", [3, shape[1]!]);
  const out = use(build, build.weight("w", matrix(shape)), x);
  return build.build([out]);
}

const product = (build: Builder, w: string, x: string): string => build.op("Gemm", [x, w], { transB: 1 });

async function outputs(graph: ReturnType<typeof graphOf>): Promise<Filled> {
  const columns = (graph.types.get("x")!.shape as number[])[1]!;
  const running = await startGraph(await inMemory(graph));
  const x = floats(
    [3, columns],
    Array.from({ length: 3 * columns }, (_, at) => Math.cos(at)),
  );
  return (await running.run({ x }))[graph.outputs[0]!]!;
}

test.each([
  ["rows by their places", (b: Builder, w: string) => b.op("Gather", [w, b.constant({ dtype: "int64", shape: [2, 2], values: [5, 0, 5, 3] })], { axis: 0 })],
  ["rows from one to another", (b: Builder, w: string) => b.op("Slice", [w, b.ints([1]), b.ints([4]), b.ints([0])])],
  ["rows to the end", (b: Builder, w: string) => b.op("Slice", [w, b.ints([2]), b.ints([2 ** 31]), b.ints([0])])],
  ["a product", product],
  ["a product with the matrix on the left", (b: Builder, w: string, x: string) => b.op("MatMul", [w, b.op("Transpose", [x], { perm: [1, 0] })])],
])("%s of a stored matrix are nearly those of the matrix", async (_, use) => {
  const exact = await outputs(graphOf([6, 64], use));
  for (const [kind, near] of [["bf16", 0.01], ["int8", 0.01], ["int4", 0.2]] as const) {
    const stored = storeBase(graphOf([6, 64], use), kind);
    expect(stored.initializers.has("w")).toBe(false);
    const made = await outputs(stored);
    expect(made.shape).toEqual(exact.shape);
    expect(distance(made.values, exact.values)).toBeGreaterThan(0);
    expect(distance(made.values, exact.values)).toBeLessThan(near);
  }
}); // biome-ignore format: a table

test("float32 is the graph itself", () => {
  const graph = graphOf([6, 64], product);
  expect(storeBase(graph, "f32")).toBe(graph);
});

test("rows that are no whole blocks stay float32 in blocks, and become bfloat16", () => {
  const graph = graphOf([6, 40], product);
  expect(storeBase(graph, "int8").initializers.has("w")).toBe(true);
  expect(storeBase(graph, "bf16").initializers.has("w")).toBe(false);
});

test.each([
  ["added", (b: Builder, w: string, x: string) => b.op("Add", [product(b, w, x), b.op("ReduceSum", [w])])],
  ["columns taken", (b: Builder, w: string) => b.op("Slice", [w, b.ints([0]), b.ints([2]), b.ints([1])])],
  ["columns looked up", (b: Builder, w: string) => b.op("Gather", [w, b.ints([1])], { axis: 1 })],
])("a matrix that is used otherwise stays as it is: %s", (_, use) => {
  expect(storeBase(graphOf([6, 64], use), "int8").initializers.has("w")).toBe(true);
});
