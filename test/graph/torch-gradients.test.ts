/** Every operator that can be trained through against PyTorch: outputs and gradients by autograd (test/oracles/op_gradients.py). */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Builder } from "../../src/graph/builder.ts";
import type { Attribute, Graph } from "../../src/graph/graph.ts";
import type { OpRow, Sample } from "../../src/graph/op-row.ts";
import { OP_TABLE, rowOf } from "../../src/graph/op-table.ts";
import { differentiate } from "../../src/graph/passes/differentiate.ts";
import { lower } from "../../src/graph/passes/lower.ts";
import { verify } from "../../src/graph/verify.ts";
import { type Filled, startGraph } from "../support/run-graph.ts";
import { sampleValues } from "../support/samples.ts";

interface Golden {
  readonly domain: string;
  readonly op: string;
  readonly name: string;
  readonly attributes: NonNullable<Sample["attributes"]>;
  /** null where an input is left out. */
  readonly inputs: readonly (Sample["inputs"][number] | null)[];
  /** null for one that is not asked for; without `upstream` no gradient comes from it. */
  readonly outputs: readonly (Result | null)[];
  /** For each input; null for what is not trained. */
  readonly gradients: readonly (readonly number[] | null)[];
}
interface Result {
  readonly shape: readonly number[];
  /** Without it floats, of as many digits as the operator makes. */
  readonly dtype?: string;
  readonly values: readonly number[];
  readonly upstream?: readonly number[];
}

const GOLDENS: readonly Golden[] = JSON.parse(
  readFileSync(new URL("../oracles/op-gradients.json", import.meta.url), "utf8"),
).cases;

/** Differentiable rows that PyTorch has nothing to say about. */
const WITHOUT_GOLDEN: Readonly<Record<string, string>> = {
  DequantizeLinear: "what it takes are integers, which carry no gradient, and scales, which are not trained",
};

/** Forms that ONNX Runtime's CPU kernels do not take; lowered it does. */
const WITHOUT_KERNEL = new Set([
  "com.microsoft.MultiHeadAttention: keys with values",
  "com.microsoft.MultiHeadAttention: queries with keys and values",
]);

const named = ({ domain, op }: Pick<OpRow, "domain" | "op">): string => (domain ? `${domain}.${op}` : op);
const rowFor = ({ domain, op }: Golden): OpRow => {
  const row = rowOf(domain, op);
  if (row === undefined) throw new Error(`${op} is not in the table: take its cases out of the oracle`);
  return row;
};
const isTrained = ({ gradient, lower }: OpRow): boolean =>
  typeof gradient === "function" || (gradient === undefined && lower !== undefined);

test("every row of the table that can be trained through has a golden, or a reason to have none", () => {
  const trained = OP_TABLE.filter(isTrained).map(named);
  const telling = GOLDENS.filter(({ gradients }) =>
    gradients.some((one) => one?.some((value) => value !== 0)),
  );
  const held = [...new Set(telling.map(named)), ...Object.keys(WITHOUT_GOLDEN)];
  expect(held.toSorted()).toEqual(trained.toSorted());
});

interface Case {
  readonly graph: Graph;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly given: Record<string, Filled>;
  /** The outputs that a gradient comes from, and the inputs that hold it. */
  readonly seeds: ReadonlyMap<string, string>;
}

/** A graph of the one node, with a further input for the gradient of each output. */
function built(golden: Golden): Case {
  const row = rowFor(golden);
  const build = new Builder("case");
  const sample = { name: golden.name, inputs: golden.inputs.map((input) => input ?? undefined) };
  const { inputs, given } = sampleValues(build, sample, { next: () => Number.NaN });
  const attributes = Object.entries(golden.attributes).map(([name, value]) => [
    name,
    { type: row.attributes![name], value } as Attribute,
  ]);
  const outputs = golden.outputs.map((output, at) => (output === null ? "" : `y${at}`));
  build.add({
    ...{ domain: row.domain ?? "", op: row.op, name: "node", inputs, outputs },
    attributes: Object.fromEntries(attributes),
  });
  const seeds = new Map<string, string>();
  for (const [at, output] of golden.outputs.entries()) {
    if (!output?.upstream) continue;
    const name = outputs[at]!;
    const { dtype } = build.typeOf(name)!;
    const { shape, upstream: values } = output;
    given[`d${name}`] = { dtype, shape, values };
    seeds.set(name, build.input(`d${name}`, dtype, shape));
  }
  return { graph: build.build(outputs.filter((name) => name !== "")), inputs, outputs, given, seeds };
}

/** Relative to the length of the whole tensor; float32 leaves 1e-6. What is 0 in PyTorch is 0 here. */
const TOLERANCE = 1e-5;

function expectClose(made: readonly number[], wanted: readonly number[], what: string): void {
  expect(made.length, what).toBe(wanted.length);
  const apart = made.map((value, at) => value - wanted[at]!);
  expect(Math.hypot(...apart), what).toBeLessThanOrEqual(TOLERANCE * Math.hypot(...wanted));
}

/** A rule of its own gives the gradient; a fused operator without one is run as it is, and trained as what it is lowered to. */
const labelled = GOLDENS.map((golden) => [`${named(golden)}: ${golden.name}`, golden] as const);
const own = labelled.filter(([, golden]) => typeof rowFor(golden).gradient === "function");
const fused = labelled.filter(([, golden]) => rowFor(golden).lower !== undefined);
const withoutRule = fused.filter(([, golden]) => rowFor(golden).gradient === undefined);

test.each(own)("%s", async (_, golden) => {
  const one = built(golden);
  await expectGradients(golden, one, one.graph);
});

test.each(fused)("%s, lowered", async (_, golden) => {
  const one = built(golden);
  await expectGradients(golden, one, lower(one.graph));
});

test.each(withoutRule.filter(([label]) => !WITHOUT_KERNEL.has(label)))("%s, as it is", async (_, golden) => {
  const one = built(golden);
  await expectGolden(golden, one, one.graph, []);
});

test.each(withoutRule.filter(([label]) => WITHOUT_KERNEL.has(label)))(
  "%s is beyond ONNX Runtime itself",
  async (_, golden) => {
    const { graph, given } = built(golden);
    const running = await startGraph(graph, { quiet: true });
    await expect(running.run(given)).rejects.toThrow(/not implemented for CPU/);
  },
);

async function expectGradients(golden: Golden, one: Case, graph: Graph): Promise<void> {
  const trained = one.inputs.filter((_, at) => golden.gradients[at]);
  await expectGolden(golden, one, graph, trained);
  // Rules leave out what nobody asks for: that must change nothing of the rest.
  if (trained.length > 1) for (const name of trained) await expectGolden(golden, one, graph, [name]);
}

async function expectGolden(
  golden: Golden,
  { inputs, outputs, given, seeds }: Case,
  graph: Graph,
  wrt: readonly string[],
): Promise<void> {
  const made = differentiate(graph, { seeds, wrt });
  verify(made.graph, "differentiate");
  const results = await (await startGraph(made.graph)).run(given);
  for (const [at, output] of golden.outputs.entries()) {
    if (output === null) continue;
    const { dtype, shape, values } = results[outputs[at]!]!;
    expect(shape).toEqual(output.shape);
    expect(dtype).toContain(output.dtype ?? "float");
    expectClose(values, output.values, `output ${at}`);
  }
  for (const name of wrt) {
    const at = inputs.indexOf(name);
    const { shape, values } = results[made.gradients.get(name)!]!;
    expect(shape).toEqual(golden.inputs[at]!.shape);
    expectClose(values, golden.gradients[at]!, `gradient of input ${at}`);
  }
}
