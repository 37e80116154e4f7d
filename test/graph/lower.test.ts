/** What replaces a fused operator gives what the operator itself gives, on ONNX Runtime. */
import { expect, test } from "vitest";
import { OP_TABLE, rowOf } from "../../src/graph/op-table.ts";
import { lower } from "../../src/graph/passes/lower.ts";
import { startGraph } from "../support/run-graph.ts";
import { sampleGraph, sampleLabel } from "../support/sample-graph.ts";

const lowered = OP_TABLE.flatMap((row) =>
  row.lower === undefined
    ? []
    : row.samples.map((sample) => [sampleLabel(row, sample), row, sample] as const),
);

test.each(lowered)("%s", async (_, row, sample) => {
  const { build, outputs, given } = sampleGraph(row, sample);
  const graph = build.build(outputs);
  const plain = lower(graph);
  expect(plain.outputs).toEqual(outputs);
  expect(plain.nodes.filter(({ domain, op }) => rowOf(domain, op)?.lower !== undefined)).toEqual([]);
  const [before, after] = await Promise.all(
    [graph, plain].map(async (one) => await (await startGraph(one)).run(given)),
  );
  for (const name of outputs) {
    const [wanted, made] = [before![name]!, after![name]!];
    expect(made.shape).toEqual(wanted.shape);
    expect(made.dtype).toBe(wanted.dtype);
    const scale = Math.max(1, ...wanted.values.map(Math.abs));
    const apart = Math.max(...wanted.values.map((value, at) => Math.abs(value - made.values[at]!)));
    expect(
      apart / scale,
      `${name}: ${made.values.slice(0, 4)} instead of ${wanted.values.slice(0, 4)}`,
    ).toBeLessThan(1e-5);
  }
});
