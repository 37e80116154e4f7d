/** Every row of the op table on its samples: types and values that are known before the run are those that ONNX Runtime finds. */
import { expect, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import { Builder } from "../../src/graph/builder.ts";
import type { OpRow, Sample } from "../../src/graph/op-row.ts";
import { OP_TABLE } from "../../src/graph/op-table.ts";
import { isStatic } from "../../src/graph/shapes.ts";
import { startGraph } from "../support/run-graph.ts";
import { label, sampleValues } from "../support/samples.ts";

const cases = OP_TABLE.flatMap((row) =>
  row.samples.map((sample) => [label(row, sample), row, sample] as const),
);

test.each(cases)("%s", async (_, row, sample) => {
  const { build, made, given } = built(row, sample);
  const { types, results } = await ran(build, made, given);
  for (const name of made) {
    const { dtype, shape } = types.get(name)!;
    expect({ dtype, shape: isStatic(shape) ? shape : shape.length }).toEqual({
      dtype: results[name]!.dtype,
      shape: isStatic(shape) ? results[name]!.shape : results[name]!.shape.length,
    });
  }
});

test.each(cases.filter(([, row]) => row.evaluate))("before the run, %s", async (_, row, sample) => {
  const all = {
    ...sample,
    inputs: sample.inputs.map((input) => input && { ...input, constant: true as const }),
  };
  const { build, made, given } = built(row, all);
  const values = made.map((name) => build.valuesOf(name));
  const { results } = await ran(build, made, given);
  for (const [at, name] of made.entries()) {
    if (values[at] === undefined) continue;
    const { dtype, shape } = values[at];
    expect({ dtype, shape }).toEqual({ dtype: results[name]!.dtype, shape: results[name]!.shape });
    for (const [index, value] of values[at].values.entries()) {
      expect(value).toBeCloseTo(results[name]!.values[index]!, 5);
    }
  }
});

function built(row: OpRow, sample: Sample) {
  const build = new Builder("sample");
  const { inputs, given } = sampleValues(build, sample, seededRandom(3));
  const op = row.domain ? `${row.domain}:${row.op}` : row.op;
  const made = build.ops(op, inputs, sample.attributes ?? {}, sample.outputs ?? 1);
  return { build, made, given };
}

async function ran(build: Builder, made: readonly string[], given: ReturnType<typeof built>["given"]) {
  const graph = build.build(made);
  const running = await startGraph(graph);
  return { types: graph.types, results: await running.run(given) };
}
