/** What an encoder answers to texts, item by item. */
import {
  type EncoderPlan,
  type EncoderShape,
  epochBatches,
  type FillOptions,
  fillEncoderBatch,
} from "../../learn/data/encoder-batches.ts";
import type { ShapeSessions } from "../../learn/train/graph-trainer.ts";
import type { ItemAnswers } from "./judge-answers.ts";

/** @param forward the pass that judges, for each shape of the plan. @returns in the order of the plan's texts. */
export async function answersOf(
  forward: Pick<ShapeSessions, "run">,
  { plan, fill }: { readonly plan: EncoderPlan; readonly fill: FillOptions },
  parameters: Float32Array,
): Promise<ItemAnswers[]> {
  const answers: ItemAnswers[] = [];
  for (const batch of epochBatches(plan, { seed: 0, epoch: 0 })) {
    const { labels: _, ...feeds } = fillEncoderBatch(plan, batch, fill);
    const made = await forward.run(batch, {
      ...feeds,
      parameters: { dtype: "float32", shape: [parameters.length], data: parameters },
    });
    const rows = Object.values(made)[0]!;
    for (const [at, item] of batch.items.entries()) answers[item] = itemAnswers(plan, batch, rows, at);
  }
  return answers;
}

/** The answers of one item out of those of a batch. */
function itemAnswers(
  { texts, parts }: EncoderPlan,
  { rows, length }: EncoderShape,
  all: Float32Array,
  at: number,
): ItemAnswers {
  if (texts.layout === "token") {
    const width = all.length / (rows * length);
    const from = at * length;
    return texts.items[0] === undefined
      ? []
      : Array.from({ length }, (_, token) =>
          all.subarray((from + token) * width, (from + token + 1) * width),
        );
  }
  const width = all.length / rows;
  const room = rows / parts;
  return Array.from({ length: parts }, (_, part) =>
    all.subarray((part * room + at) * width, (part * room + at + 1) * width),
  );
}
