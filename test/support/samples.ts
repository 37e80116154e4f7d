/** Samples of the op table as inputs of a graph. */
import type { Random } from "../../src/core/random.ts";
import { elementCount } from "../../src/formats/tensor-ref.ts";
import type { Builder } from "../../src/graph/builder.ts";
import type { OpRow, Sample, SampleInput } from "../../src/graph/op-row.ts";
import type { Filled } from "./run-graph.ts";

export const label = (row: OpRow, sample: Sample): string =>
  `${row.domain ? `${row.domain}.` : ""}${row.op}: ${sample.name}`;

export function filled(
  { shape, dtype = "float32", range: [low, high] = [-2, 2], values }: SampleInput,
  random: Random,
): Filled {
  const of = values ?? Array.from({ length: elementCount(shape) }, () => low + (high - low) * random.next());
  return { dtype, shape, values: of };
}

export interface SampleValues {
  /** Names, "" for an input that is left out. */
  readonly inputs: readonly string[];
  /** What a run is given: all that is not constant. */
  readonly given: Record<string, Filled>;
}

/** Adds the inputs of a sample to a graph. */
export function sampleValues(build: Builder, sample: Sample, random: Random): SampleValues {
  const given: Record<string, Filled> = {};
  const inputs = sample.inputs.map((input, at) => {
    if (input === undefined) return "";
    const { shape, values, dtype } = filled(input, random);
    if (input.constant) return build.constant({ dtype: input.dtype ?? "float32", shape, values });
    const name = `x${at}`;
    given[name] = { dtype, shape, values };
    return build.input(name, input.dtype ?? "float32", shape);
  });
  return { inputs, given };
}
