/** A graph of one node, made of a row's sample. */
import { type Random, seededRandom } from "../../src/core/random.ts";
import { elementCount } from "../../src/formats/tensor-ref.ts";
import { Builder } from "../../src/graph/builder.ts";
import type { OpRow, Sample, SampleInput } from "../../src/graph/op-row.ts";
import type { Filled } from "./run-graph.ts";

export const sampleLabel = (row: OpRow, sample: Sample): string =>
  `${row.domain ? `${row.domain}.` : ""}${row.op}: ${sample.name}`;

export function filled(
  { shape, dtype = "float32", range: [low, high] = [-2, 2], values }: SampleInput,
  random: Random,
): Filled {
  const of = values ?? Array.from({ length: elementCount(shape) }, () => low + (high - low) * random.next());
  return { dtype, shape, values: of };
}

export interface SampleGraph {
  readonly build: Builder;
  /** Names of the node's outputs. */
  readonly outputs: readonly string[];
  /** What a run is given. */
  readonly given: Record<string, Filled>;
  readonly random: Random;
}

export function sampleGraph(row: OpRow, sample: Sample): SampleGraph {
  const random = seededRandom(7);
  const build = new Builder("sample");
  const given: Record<string, Filled> = {};
  const inputs = sample.inputs.map((input, at) => {
    if (input === undefined) return "";
    const { dtype, shape, values } = filled(input, random);
    if (input.constant) return build.constant({ dtype: input.dtype ?? "float32", shape, values });
    const name = `x${at}`;
    given[name] = { dtype, shape, values };
    return build.input(name, input.dtype ?? "float32", shape);
  });
  const op = row.domain ? `${row.domain}:${row.op}` : row.op;
  const outputs = build.ops(op, inputs, sample.attributes ?? {}, sample.outputs ?? 1);
  return { build, outputs, given, random };
}
