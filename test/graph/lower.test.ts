/** What replaces a fused operator gives what the operator itself gives, on ONNX Runtime. */
import { expect, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import { Builder } from "../../src/graph/builder.ts";
import { OP_TABLE, rowOf } from "../../src/graph/op-table.ts";
import { lower } from "../../src/graph/passes/lower.ts";
import { type Filled, floats, startGraph } from "../support/run-graph.ts";
import { filled, label, sampleValues } from "../support/samples.ts";

const lowered = OP_TABLE.flatMap((row) =>
  row.lower === undefined ? [] : row.samples.map((sample) => [label(row, sample), row, sample] as const),
);

/** Of one MultiHeadAttention of two heads of four numbers, lowered. */
async function attended(given: Record<string, Filled>): Promise<readonly number[]> {
  const build = new Builder("packed");
  const inputs = Object.entries(given).map(([name, { shape }]) => build.input(name, "float32", shape));
  const output = build.op("com.microsoft:MultiHeadAttention", inputs, { num_heads: 2 });
  const results = await (await startGraph(lower(build.build([output])))).run(given);
  return results[output]!.values;
}

// ONNX Runtime's CPU kernels do not take these forms, so that their samples could not be run.
test("packed queries, keys and values are lowered to what they are when apart", async () => {
  const random = seededRandom(3);
  const [q, k, v] = [0, 1, 2].map(() => filled({ shape: [2, 3, 8] }, random)) as [Filled, Filled, Filled];
  const packed = (...parts: Filled[]): Filled =>
    floats(
      [2, 3, 2, parts.length, 4],
      Array.from({ length: 12 }, (_, head) =>
        parts.flatMap(({ values }) => values.slice(4 * head, 4 * head + 4)),
      ).flat(),
    );
  const apart = await attended({ q, k, v });
  expect(await attended({ q, kv: packed(k, v) })).toEqual(apart);
  expect(await attended({ qkv: packed(q, k, v) })).toEqual(apart);
});

test.each(lowered)("%s", async (_, row, sample) => {
  const build = new Builder("sample");
  const { inputs, given } = sampleValues(build, sample, seededRandom(7));
  const op = row.domain ? `${row.domain}:${row.op}` : row.op;
  const outputs = build.ops(op, inputs, sample.attributes ?? {}, sample.outputs ?? 1);
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
