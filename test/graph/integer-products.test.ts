/** Products in integers compute what their two roundings say, no less and no more. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromFloat32 } from "../../src/formats/convert-dtype.ts";
import { Builder, type PlainAttributes } from "../../src/graph/builder.ts";
import { integerProducts } from "../../src/graph/passes/integer-products.ts";
import { distance } from "../support/golden-model.ts";
import { floats, inMemory, startGraph } from "../support/run-graph.ts";

type Rows = readonly (readonly number[])[];

const matrix = (rows: Rows) => ({
  dtype: "float32" as const,
  shape: [rows.length, rows[0]!.length],
  data: fromFloat32(Float32Array.from(rows.flat()), "float32"),
});
const transpose = (rows: Rows): Rows => rows[0]!.map((_, at) => rows.map((row) => row[at]!));
const largest = (row: readonly number[]): number => Math.max(...row.map(Math.abs));
/** Halves go to even numbers, as ONNX rounds. */
const even = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/** In float64: rows of `x` in 255 steps, columns of `w` too. */
function reference(x: Rows, w: Rows): number[] {
  const columns = transpose(w).map((column) => {
    const scale = largest(column) / 127;
    return column.map((value) => (scale === 0 ? 0 : Math.round(value / scale) * scale));
  });
  return x.flatMap((row) => {
    const scale = Math.max(largest(row), 1e-30) / 127;
    const rounded = row.map((value) => even(value / scale) * scale);
    return columns.map((column) => column.reduce((sum, value, at) => sum + value * rounded[at]!, 0));
  });
}

const noise = (seed: number, rows: number, columns: number): Rows =>
  Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, at) => Math.sin(seed + row * 12.9898 + at * 78.233) * (1 + row)),
  );

async function run(build: Builder, output: string, x: Rows): Promise<readonly number[]> {
  const graph = integerProducts(build.build([output]));
  expect(graph.initializers.has("w")).toBe(false);
  const input = floats([x.length, x[0]!.length], x.flat());
  return (await (await startGraph(await inMemory(graph))).run({ x: input }))[output]!.values;
}

test.each<[string, string, PlainAttributes, boolean]>([
  ["MatMul", "MatMul", {}, false],
  ["Gemm", "Gemm", {}, false],
  ["Gemm of rows", "Gemm", { transB: 1 }, true],
  ["Gemm with a factor", "Gemm", { transB: 1, alpha: 0.5 }, true],
  ["FusedMatMul", "com.microsoft:FusedMatMul", { transB: 1, alpha: 2 }, true],
])("%s rounds its two sides and nothing else", async (_, op, attributes, transposed) => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1_000), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 40 }), async (seed, rows, inner, columns) => {
      const [x, w] = [noise(seed, rows, inner), noise(seed + 1, inner, columns)];
      const build = new Builder("product");
      const input = build.input("x", "float32", [rows, inner]);
      const weight = build.weight("w", matrix(transposed ? transpose(w) : w));
      const made = await run(build, build.op(op, [input, weight], attributes), x);
      const alpha = (attributes["alpha"] as number | undefined) ?? 1;
      const wanted = reference(x, w).map((value) => alpha * value);
      // One step apart where a quotient of float32 lies beside a half.
      expect(distance(made, wanted)).toBeLessThan(2e-3);
    }),
    { numRuns: 15, seed: 1 },
  );
}); // biome-ignore format: a table

test("what is added stays exact, rows of zeros stay zeros, and a value is rounded once for all its products", async () => {
  const [w, v] = [noise(1, 8, 6), noise(2, 8, 6)];
  const build = new Builder("products");
  const x = build.input("x", "float32", [2, 8]);
  const bias = build.constant({ dtype: "float32", shape: [6], values: [1, 2, 3, 4, 5, 6] });
  const first = build.op("Gemm", [x, build.weight("w", matrix(w)), bias]);
  const second = build.op("Gemm", [x, build.weight("v", matrix(v))]);
  const sum = build.op("Add", [first, second]);
  expect(await run(build, sum, [Array(8).fill(0), Array(8).fill(0)])).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
  const nodes = integerProducts(build.build([sum])).nodes;
  expect(nodes.filter(({ op }) => op === "QuantizeLinear")).toHaveLength(1);
}); // biome-ignore format: one line reads as one row

test("forward and backward product of one matrix have a copy each, and a table that is looked up stays", async () => {
  const build = new Builder("both");
  const x = build.input("x", "float32", [2, 8]);
  const w = build.weight("w", matrix(noise(1, 6, 8)));
  const forward = build.op("Gemm", [x, w], { transB: 1 });
  const back = build.op("Gemm", [forward, w]);
  const rows = build.op("Gather", [w, build.ints([1])], { axis: 0 });
  const graph = integerProducts(build.build([back, rows]));
  const dtypes = [...graph.initializers].map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape.join("x")}`);
  expect(dtypes).toEqual(expect.arrayContaining(["w float32 6x8", "w.rows.int8 int8 8x6", "w.columns.int8 int8 6x8"]));
}); // biome-ignore format: one line reads as one row

test.each([
  ["no number", NaN],
  ["infinite", -Infinity],
])("a weight that is %s is refused", async (_, value) => {
  const build = new Builder("broken");
  const x = build.input("x", "float32", [1, 2]);
  const out = build.op("MatMul", [x, build.weight("w", matrix([[1, 2], [value, 3]]))]);
  await expect(inMemory(integerProducts(build.build([out])))).rejects.toMatchObject({ code: "bad-model" });
}); // biome-ignore format: a table
