/** What is put on an encoder for a task: its head, its loss, and which weights of it are new. */
import type { Builder } from "../../graph/builder.ts";
import type { EncodedTexts } from "../../learn/data/encode-texts.ts";
import { type HeadOf, headOf } from "../../learn/lora/adapted-encoder.ts";
import type { Pooling } from "../../learn/lora/adapter-task.ts";
import { binaryCrossEntropy, crossEntropy, meanSquaredError } from "../../learn/losses/classification.ts";
import { cosineSimilarity, multipleNegativesRanking } from "../../learn/losses/contrastive.ts";
import type { Loss } from "../../learn/losses/loss.ts";
import { type HeadShapes, headShapes } from "../../models/encoder/new-head.ts";
import type { OpenEncoder } from "../../models/encoder/open-encoder.ts";

export interface TaskHead {
  /** How one vector is made of a row: by the family's own head, the mean of its tokens, or not at all. */
  readonly pooling: Pooling;
  /** New weights, trained as a whole. */
  readonly shapes: HeadShapes;
  readonly head: HeadOf;
  readonly loss: (build: Builder, answers: string) => Loss;
}

/** What a family's head for rows reads from the files beside its new layers; without it the mean of the tokens is read. */
const POOLERS: Readonly<Record<string, string | undefined>> = { bert: "pooler.dense.weight" };
const OWN_HEADS: ReadonlySet<string> = new Set([
  "bert",
  "roberta",
  "xlm-roberta",
  "distilbert",
  "modernbert",
]);

export function taskHead(encoder: OpenEncoder, { layout, names, items }: EncodedTexts): TaskHead {
  const labels = layout === "number" ? 1 : names.length;
  const linear: HeadShapes = new Map([
    ["classifier.weight", [labels, encoder.hidden]],
    ["classifier.bias", [labels]],
  ]);
  const made = (pooling: Pooling) => ({ pooling, head: headOf({ layout, pooling }) });
  switch (layout) {
    case "token":
      return { ...made("none"), shapes: linear, loss: crossEntropy };
    case "score":
      return { ...made("mean"), shapes: new Map(), loss: cosineSimilarity };
    case "none": {
      const parts = items[0]?.texts.length ?? 2;
      const loss = (build: Builder, answers: string): Loss =>
        multipleNegativesRanking(build, answers, { parts });
      return { ...made("mean"), shapes: new Map(), loss };
    }
    default: {
      const loss = { class: crossEntropy, multi: binaryCrossEntropy, number: flatSquares }[layout];
      if (hasOwnHead(encoder)) {
        const shapes = headShapes(encoder.type as Parameters<typeof headShapes>[0], {
          hidden: encoder.hidden,
          labels,
        });
        return { ...made("own"), shapes, loss };
      }
      return { ...made("mean"), shapes: linear, loss };
    }
  }
}

/** One number for each row. */
function flatSquares(build: Builder, answers: string): Loss {
  const rows = build.shape(answers)[0] as number;
  return meanSquaredError(build, build.op("Reshape", [answers, build.ints([rows])]));
}

function hasOwnHead({ type, lookup }: OpenEncoder): boolean {
  if (!OWN_HEADS.has(type)) return false;
  const pooler = POOLERS[type];
  if (pooler !== undefined) return ["", "bert."].some((prefix) => lookup(prefix + pooler) !== undefined);
  // An ONNX file's weights are in its graph, and nothing else is known of them.
  return ["embeddings.word_embeddings.weight", "embeddings.tok_embeddings.weight"].some((name) =>
    ["", "roberta.", "distilbert.", "model."].some((prefix) => lookup(prefix + name) !== undefined),
  );
}
