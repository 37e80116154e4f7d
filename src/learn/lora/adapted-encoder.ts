/** An encoder with its adapter and head, as graphs. */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import type { RangedFiles } from "../../formats/file-range.ts";
import { Builder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Encoded } from "../../models/encoder/encoder.ts";
import { type OpenEncoder, openEncoder } from "../../models/encoder/open-encoder.ts";
import { meanPool } from "../../models/encoder/pool.ts";
import type { WeightLookup } from "../../models/find-weight.ts";
import type { EncoderShape } from "../data/encoder-batches.ts";
import { type Adapter, fitAdapter, mismatch, wholeOf } from "./adapter.ts";
import type { EncoderAdapterTask } from "./adapter-task.ts";

export interface AdaptedEncoder {
  readonly encoder: OpenEncoder;
  /** Under the names of the graphs. */
  readonly adapter: Adapter;
  /** The base with the head that the adapter brings, and nothing of its layers; with other weights than its own where they are given. */
  forwardOf(shape: EncoderShape, head?: HeadOf, weights?: WeightLookup): Graph;
}

/** Adds what answers are read from. */
export type HeadOf = (encoded: Encoded) => string;

/** @throws what opening the base throws; "adapter-mismatch" naming weights and shapes. */
export async function openAdaptedEncoder(
  files: RangedFiles & Pick<Files, "list" | "readText">,
  base: string,
  adapter: Adapter,
  task: EncoderAdapterTask,
): Promise<AdaptedEncoder> {
  const encoder = await openEncoder(files, base);
  checkHead(adapter, encoder);
  const whole = wholeOf(adapter);
  const own: WeightLookup = (name) => whole.get(name) ?? encoder.lookup(name);
  const forwardOf: AdaptedEncoder["forwardOf"] = (shape, head = headOf(task), weights = own) => {
    const build = new Builder("forward");
    const encoded = encoder.encode(build, shape, weights);
    return build.build([build.within("head", () => head(encoded))]);
  };
  const graph = forwardOf({ rows: 1, length: 2 });
  checkLabels(graph, task);
  return { encoder, adapter: fitAdapter(adapter, graph), forwardOf };
}

/** Each of the head's numbers has a name. */
function checkLabels({ types, outputs }: Graph, { layout, labels }: EncoderAdapterTask): void {
  if (layout === "score" || layout === "none") return;
  const named = layout === "number" ? 1 : labels.length;
  const answers = types.get(outputs[0]!)?.shape.at(-1);
  if (answers === named) return;
  throw new FrugalError({
    code: "bad-model",
    what: "the adapter's labels do not fit its head",
    why: `the head answers with ${answers} numbers, and there are ${named} labels`,
    remedy: "name all labels in their order: id2label in the config.json beside the adapter",
  });
}

/** What was put on the encoder in training. */
export function headOf({ layout, pooling }: Pick<EncoderAdapterTask, "layout" | "pooling">): HeadOf {
  if (layout === "token") return (encoded) => encoded.classifyTokens!();
  if (layout === "score" || layout === "none") return meanPool;
  if (pooling === "own") return (encoded) => encoded.classifyRows();
  return (encoded) => encoded.layers.linear(meanPool(encoded), "classifier");
}

/** A head is not looked for in the base: that it reads vectors of another width would show only when the graph is built. */
function checkHead(adapter: Adapter, { hidden }: OpenEncoder): void {
  for (const [name, { shape }] of wholeOf(adapter)) {
    if (!/^(pre_)?classifier(\.(dense|out_proj))?\.weight$/.test(name) || shape.at(-1) === hidden) continue;
    const what = `${name} is [${shape}] in the adapter, and the base's vectors have ${hidden} numbers`;
    throw mismatch("the adapter does not fit the base", [what]);
  }
}
