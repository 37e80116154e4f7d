/**
 * Cross-entropy of the next token for rows that count, in chunks: at no time are there more logits than those of one chunk, and rows
 * whose label is masked cost nothing. The gradient of the hidden states comes out of the same product of logits: with p the
 * probabilities and E the (frozen) table, it is p · E − E[label], so that no one-hot and no stored logits are needed.
 */
import type { OnnxGraph } from "../../formats/onnx/model.ts";
import { Builder } from "../builder.ts";
import { emit } from "../emit.ts";
import { prune } from "./prune.ts";

export interface CausalLoss {
  /** Scalar: the summed loss of all rows; to be divided by how many count. */
  readonly loss: string;
  /** [tokens, hidden]: the gradient of the summed loss. */
  readonly gradient: string;
}

/** Rows of one chunk: the logits of a chunk take 4 · CHUNK · vocabulary bytes. */
export const CHUNK = 256;

/**
 * Adds the inputs loss_rows and loss_labels (int64 [chunks, CHUNK]: places in `hidden`, and what should follow there) and
 * loss_weights (float32 [chunks, CHUNK]: 1, or 0 for what fills up the last chunk).
 * @param hidden float32 [tokens, hidden]
 * @param table the output layer's frozen weight, float32 [vocabulary, hidden].
 * @param sliced takes the table a few thousand rows at a time, for one that is stored otherwise and made float32 where it is used.
 */
export function attachCausalLoss(build: Builder, hidden: string, table: string, sliced = false): CausalLoss {
  return build.within("loss", () => {
    const { rows, loss, each } = scanChunks(build, chunkBody(build, hidden, table, sliced));
    const shape = build.shape(hidden) as readonly number[];
    const zeros = build.op("Expand", [build.scalar(0), build.ints(shape)]);
    const flat = build.op("Reshape", [each, build.ints([-1, shape[1]!])]);
    const places = build.op("Reshape", [rows, build.ints([-1, 1])]);
    return { loss, gradient: build.op("ScatterND", [zeros, places, flat], { reduction: "add" }) };
  });
}

/**
 * The same loss and inputs, for judging: no gradient is computed.
 * @returns float32 [chunks, CHUNK, 1]: the loss of each row that counts; 0 for what fills up.
 */
export function attachCausalScores(build: Builder, hidden: string, table: string, sliced = false): string {
  const scores = (body: Builder, { picked, weight }: WeighedChunk): string =>
    body.op("Neg", [body.op("Mul", [picked, weight])]);
  return build.within("loss", () => scanChunks(build, chunkBody(build, hidden, table, sliced, scores)).each);
}

function scanChunks(
  build: Builder,
  body: OnnxGraph,
): { readonly rows: string; readonly loss: string; readonly each: string } {
  const chunked = ["chunks", CHUNK];
  const rows = build.input("loss_rows", "int64", chunked);
  const labels = build.input("loss_labels", "int64", chunked);
  const weights = build.input("loss_weights", "float32", chunked);
  const [loss, each] = build.add({
    op: "Scan",
    domain: "",
    name: "loss/scan",
    inputs: [build.scalar(0), rows, labels, weights],
    outputs: ["loss/sum", "loss/parts"],
    attributes: { body: { type: "graph", value: body }, num_scan_inputs: { type: "int", value: 3 } },
  }) as [string, string];
  return { rows, loss, each };
}

interface WeighedChunk extends Expectation {
  /** [CHUNK, 1] */
  readonly weight: string;
  /** [CHUNK], int64 */
  readonly labels: string;
  readonly table: string;
}

/** [CHUNK, hidden]: the gradient of the chunk's rows. */
function rowGradients(build: Builder, { expected, table, labels, weight }: WeighedChunk): string {
  const excess = build.op("Sub", [expected, build.op("Gather", [table, labels], { axis: 0 })]);
  return build.op("Mul", [excess, weight]);
}

/** The body reads `hidden` and `table` from the graph around it. */
function chunkBody(
  outer: Builder,
  hidden: string,
  table: string,
  sliced: boolean,
  each: (build: Builder, chunk: WeighedChunk) => string = rowGradients,
): OnnxGraph {
  const build = new Builder("chunk");
  for (const name of [hidden, table]) {
    const { dtype, shape } = outer.typeOf(name)!;
    build.input(name, dtype, shape);
  }
  const sum = build.input("sum", "float32", []);
  const rows = build.input("rows", "int64", [CHUNK]);
  const labels = build.input("labels", "int64", [CHUNK]);
  const weights = build.input("weights", "float32", [CHUNK]);
  const column = build.ints([1]);
  const x = build.op("Gather", [hidden, rows], { axis: 0 });
  const { picked, expected } = (sliced ? inSlices : atOnce)(build, x, table, labels);
  const weight = build.op("Unsqueeze", [weights, column]);
  const total = build.op("ReduceSum", [build.op("Mul", [picked, weight])], { keepdims: 0 });
  const next = build.op("Sub", [sum, total]);
  const part = each(build, { picked, expected, weight, labels, table });
  const { graph } = emit(prune(build.build([next, part])));
  return { ...graph, inputs: graph.inputs.slice(2) };
}

interface Expectation {
  /** [CHUNK, 1]: the labels' log probabilities. */
  readonly picked: string;
  /** [CHUNK, hidden]: p · E. */
  readonly expected: string;
}

function atOnce(build: Builder, x: string, table: string, labels: string): Expectation {
  const logProbabilities = build.op("LogSoftmax", [build.op("Gemm", [x, table], { transB: 1 })], {
    axis: -1,
  });
  const places = build.op("Unsqueeze", [labels, build.ints([1])]);
  return {
    picked: build.op("GatherElements", [logProbabilities, places], { axis: 1 }),
    expected: build.op("Gemm", [build.op("Exp", [logProbabilities]), table]),
  };
}

/** 8 MB of a table 1,024 wide. */
const SLICE = 2_048;

/** Each slice's shares are those among its own words, until the sums of all slices are known. */
function inSlices(build: Builder, x: string, table: string, labels: string): Expectation {
  const [words] = build.shape(table) as readonly number[];
  const column = build.ints([1]);
  const starts = Array.from({ length: Math.ceil(words! / SLICE) }, (_, at) => at * SLICE);
  const slice = (from: number): string =>
    build.op("Slice", [
      table,
      build.ints([from]),
      build.ints([Math.min(from + SLICE, words!)]),
      build.ints([0]),
    ]);
  const first = (values: string): string => build.op("Slice", [values, build.ints([0]), column, column]);
  const normed = (logits: string): { shares: string; logSum: string } => {
    const shares = build.op("LogSoftmax", [logits], { axis: -1 });
    return { shares, logSum: build.op("Sub", [first(logits), first(shares)]) };
  };
  const slices = starts.map((from) => ({
    from,
    ...normed(build.op("Gemm", [x, slice(from)], { transB: 1 })),
  }));
  const { logSum } = normed(
    build.op(
      "Concat",
      slices.map((one) => one.logSum),
      { axis: 1 },
    ),
  );
  const shares = slices.map((one) =>
    build.op("Exp", [build.op("Add", [one.shares, build.op("Sub", [one.logSum, logSum])])]),
  );
  // Behind all shares: ONNX Runtime computes the sum so far before the next slice's (see store-base.ts).
  const expected = starts.reduce<string | undefined>(
    (sum, from, at) => build.op("Gemm", [shares[at]!, slice(from), ...(sum === undefined ? [] : [sum])]),
    undefined,
  );
  const logit = build.op("ReduceSum", [
    build.op("Mul", [x, build.op("Gather", [table, labels], { axis: 0 })]),
    column,
  ]);
  return { picked: build.op("Sub", [logit, logSum]), expected: expected! };
}
