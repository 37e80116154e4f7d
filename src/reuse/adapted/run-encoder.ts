/** An encoder with its adapter merged, on texts: rows of like length together, a graph for each of a few shapes. */
import { FrugalError, invariant } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import type { EngineItem, EngineOutput, RunOptions } from "../../engines/engine.ts";
import { checkTokens } from "../../learn/check-batch.ts";
import { type EncodedItem, encodeTagged, encodeText } from "../../learn/data/encode-texts.ts";
import { epochBatches, fillEncoderBatch, planEncoderBatches } from "../../learn/data/encoder-batches.ts";
import {
  type AdaptedEncoder,
  type HeadOf,
  headOf,
  openAdaptedEncoder,
} from "../../learn/lora/adapted-encoder.ts";
import type { Adapter } from "../../learn/lora/adapter.ts";
import type { EncoderAdapterTask } from "../../learn/lora/adapter-task.ts";
import { runnable } from "../../learn/lora/merge-graph.ts";
import { openShapeSessions, type ShapeSessions } from "../../learn/train/graph-trainer.ts";
import { stageWeights } from "../../learn/train/stage-weights.ts";
import type { Tokenizer } from "../../models/open-tokenizer.ts";
import { labelAnswers, tokenAnswers, vectorAnswers } from "./encoder-answers.ts";
import { wordsOf } from "./word-groups.ts";

/** Tokens of a call: enough for few, large products, and little beside the weights. */
const BATCH_TOKENS = 2_048;
/** Texts come in large portions, each with shapes of its own; graphs beyond these are closed. */
const MOST_GRAPHS = 16;

export interface EncoderSources {
  readonly task: EncoderAdapterTask;
  readonly adapter: Adapter;
  readonly base: string;
  readonly tokenizer: Tokenizer;
  readonly scratch: string;
  readonly maxTokens?: number;
}

export type Run = (items: readonly EngineItem[], options: RunOptions) => Promise<EngineOutput[]>;

export interface OpenRun {
  readonly run: Run;
  /** The files of the base's weights. */
  readonly paths: readonly string[];
}

export async function openEncoderRun(
  files: Files,
  { task, adapter, base, tokenizer, scratch, maxTokens }: EncoderSources,
): Promise<OpenRun> {
  const adapted = await openAdaptedEncoder(files, base, adapter, task);
  const { limits } = adapted.encoder;
  const maxLength = Math.min(
    limits.positions,
    ...[task.maxLength, tokenizer.maxLength, maxTokens].filter((length) => length !== undefined),
  );
  const sessions = graphsOf(files, adapted, task, scratch);
  const encodeOne = (item: EngineItem) => encode(item, task, { tokenizer, maxLength });
  const run: Run = async (items, options) => {
    const texts = items.map(encodeOne);
    checkTokens(
      texts.flatMap(({ encoded }) =>
        encoded.texts.map(({ ids, types }) => ({ ids, ...(limits.types > 0 && { types }) })),
      ),
      limits,
    );
    const plan = planEncoderBatches(
      { layout: "class", items: texts.map(({ encoded }) => encoded), names: [], truncated: 0, lostLabels: 0 },
      { batchTokens: BATCH_TOKENS },
    );
    const graphs = await sessions(options.pooling);
    const outputs = new Array<EngineOutput>(items.length);
    for (const batch of epochBatches(plan, { seed: 0, epoch: 0 })) {
      const { rows, length } = batch;
      const { labels: _, ...feeds } = fillEncoderBatch(plan, batch, {
        padId: tokenizer.special.pad?.id ?? 0,
        types: limits.types > 0,
      });
      const all = Object.values(await graphs.run({ rows, length }, feeds))[0]!;
      const width = all.length / rows;
      for (const [at, item] of batch.items.entries())
        outputs[item] = answer(task, all.slice(at * width, (at + 1) * width), texts[item]!, options);
    }
    return outputs;
  };
  return { run, paths: adapted.encoder.paths };
}

interface EncodedOne {
  readonly encoded: EncodedItem;
  readonly text: string;
  readonly words: ReturnType<typeof wordsOf>;
}

function encode(
  item: EngineItem,
  { task }: EncoderAdapterTask,
  options: { readonly tokenizer: Tokenizer; readonly maxLength: number },
): EncodedOne {
  invariant(item.kind === "text", `an encoder was given ${item.kind}`);
  const { text } = item;
  if (task !== "token-classification") {
    const { row } = encodeText(text, undefined, options);
    return { encoded: { texts: [row], labels: [] }, text, words: [] };
  }
  const words = wordsOf(text);
  // In the place of classes: which word begins at a token.
  const tagged = encodeTagged(
    words.map((word) => word.text),
    [...words.keys()],
    options,
  );
  return { encoded: tagged.item, text, words };
}

function answer(
  task: EncoderAdapterTask,
  answers: Float32Array,
  { encoded, text, words }: EncodedOne,
  { top, normalize }: RunOptions,
): EngineOutput {
  switch (task.task) {
    case "text-classification":
      return labelAnswers(task, answers, top);
    case "token-classification":
      return tokenAnswers(task, answers, { text, words, starts: encoded.labels });
    case "sentence-similarity":
      return vectorAnswers(answers, normalize);
    default:
      return task.task satisfies never;
  }
}

type Pooling = RunOptions["pooling"];

/** Sessions of each pooling share the weights that are written out once, with the adapter inside. */
function graphsOf(
  files: Files,
  { adapter, forwardOf }: AdaptedEncoder,
  task: EncoderAdapterTask,
  scratch: string,
): (pooling: Pooling) => Promise<ShapeSessions> {
  const staged = stageWeights(files, scratch);
  let open:
    | { readonly sessions: ShapeSessions; readonly shapes: Set<string>; readonly pooling: Pooling }
    | undefined;
  return async (pooling) => {
    if (open !== undefined && open.pooling === pooling && open.shapes.size < MOST_GRAPHS)
      return open.sessions;
    await open?.sessions.close();
    const head = headFor(task, pooling);
    const shapes = new Set<string>();
    const sessions = await openShapeSessions(
      files,
      (shape) => {
        shapes.add(`${shape.rows}x${shape.length}`);
        return runnable(forwardOf(shape, head), adapter);
      },
      { folder: scratch, staged },
    );
    open = { sessions, shapes, pooling };
    return sessions;
  };
}

function headFor(task: EncoderAdapterTask, pooling: Pooling): HeadOf {
  if (task.task !== "sentence-similarity" || pooling === undefined || pooling === "mean") return headOf(task);
  if (pooling === "cls") return ({ layers, hidden }) => layers.first(hidden);
  throw new FrugalError({
    code: "bad-option",
    what: `--pooling ${pooling}`,
    why: "an encoder's last token says nothing of its text",
    remedy: "use mean, as the adapter was trained, or cls",
  });
}
