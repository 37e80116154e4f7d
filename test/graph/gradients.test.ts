/** Every gradient of the op table against differences of its own forward pass, in random directions. */
import { expect, test } from "vitest";
import { seededRandom } from "../../src/core/random.ts";
import { dataTypeNumber } from "../../src/formats/onnx/tensor-types.ts";
import { Builder } from "../../src/graph/builder.ts";
import { isFloat } from "../../src/graph/gradient-parts.ts";
import type { Sample } from "../../src/graph/op-row.ts";
import { OP_TABLE } from "../../src/graph/op-table.ts";
import { differentiate } from "../../src/graph/passes/differentiate.ts";
import { verify } from "../../src/graph/verify.ts";
import { type Filled, floats, startGraph } from "../support/run-graph.ts";
import { filled, label, sampleValues } from "../support/samples.ts";

const trained = OP_TABLE.flatMap((row) =>
  typeof row.gradient === "function"
    ? row.samples.filter(isVaried).map((sample) => [label(row, sample), row, sample] as const)
    : [],
);

/** Casts of integers, say, have nothing to differentiate by. */
function isVaried({ inputs }: Sample): boolean {
  return inputs.some(
    (input) => input !== undefined && !input.constant && (input.dtype ?? "float32") === "float32",
  );
}

test.each(trained)("%s", async (_, row, sample) => {
  const random = seededRandom(7);
  const build = new Builder("sample");
  const { inputs, given } = sampleValues(build, sample, random);
  const varied = Object.keys(given).filter((name) => given[name]!.dtype === "float32");
  const op = row.domain ? `${row.domain}:${row.op}` : row.op;
  const made = build.ops(op, inputs, sample.attributes ?? {}, sample.outputs ?? 1);
  // Numbers of more or fewer digits go on in float32; integers and truth values carry no gradient.
  const outputs = made.flatMap((name) => {
    const { dtype } = build.typeOf(name)!;
    if (!isFloat(dtype)) return [];
    return [dtype === "float32" ? name : build.op("Cast", [name], { to: dataTypeNumber("float32") })];
  });
  // Random weights make one number of all outputs, so that no error hides behind a symmetry.
  const weights = outputs.map((name) => {
    const shape = build.shape(name) as number[];
    const weight = floats(shape, filled({ shape }, random).values);
    given[`w ${name}`] = weight;
    return [name, build.input(`w ${name}`, "float32", shape), weight] as const;
  });
  const forward = build.build(outputs);
  const { graph, gradients } = differentiate(forward, {
    seeds: new Map(weights.map(([name, weight]) => [name, weight])),
    wrt: varied,
  });
  verify(graph, "differentiate");
  const running = await startGraph(graph);
  const results = await running.run(given);
  const scores = async (inputs: Record<string, Filled>): Promise<number> => {
    const made = await running.run(inputs);
    return weights.reduce(
      (sum, [name, , weight]) =>
        sum + made[name]!.values.reduce((so, value, at) => so + value * weight.values[at]!, 0),
      0,
    );
  };
  for (const name of varied) {
    const { shape, values } = given[name]!;
    const gradient = results[gradients.get(name)!]!;
    expect(gradient.shape).toEqual(shape);
    for (let round = 0; round < 3; round++) {
      const direction = values.map(() => 2 * random.next() - 1);
      const at = (step: number): Promise<number> =>
        scores({
          ...given,
          [name]: floats(
            shape,
            values.map((value, j) => value + step * direction[j]!),
          ),
        });
      // Fourth-order central differences: what is left is the rounding of float32, not the step.
      const h = 0.02;
      const slope =
        (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
      const told = gradient.values.reduce((sum, value, j) => sum + value * direction[j]!, 0);
      const scale = gradient.values.reduce((sum, value) => sum + Math.abs(value), 1);
      expect(Math.abs(told - slope) / scale, `${name}: ${told} against ${slope}`).toBeLessThan(2e-4);
    }
  }
});
