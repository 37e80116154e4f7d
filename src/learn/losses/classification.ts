/** Losses of classes and numbers, as torch.nn defines them, summed. */
import type { Builder } from "../../graph/builder.ts";
import { expressions } from "../../graph/expressions.ts";
import type { Loss } from "./loss.ts";

/** What has this label counts nowhere (torch.nn.CrossEntropyLoss, ignore_index). */
export const IGNORED = -100;

const total = (build: Builder, x: string): string => build.op("ReduceSum", [x], { keepdims: 0 });
/** 1 where `counts`, else 0. */
const ones = (build: Builder, counts: string): string =>
  build.op("Where", [counts, build.scalar(1), build.scalar(0)]);

/**
 * Cross-entropy (torch.nn.CrossEntropyLoss) of logits [items, classes]; items are rows, or the tokens of all rows. Adds the input
 * labels (int64 [items]); items with the label −100 count nowhere.
 */
export function crossEntropy(build: Builder, logits: string): Loss {
  const labels = build.input("labels", "int64", build.shape(logits).slice(0, 1));
  const ignored = build.op("Equal", [labels, build.scalar(IGNORED, "int64")]);
  const safe = build.op("Where", [ignored, build.scalar(0, "int64"), labels]);
  const counts = ones(build, build.op("Not", [ignored]));
  const likelihood = build.op("LogSoftmax", [logits], { axis: -1 });
  const column = build.ints([1]);
  const picked = build.op("GatherElements", [likelihood, build.op("Unsqueeze", [safe, column])], { axis: 1 });
  const weighted = build.op("Mul", [picked, build.op("Unsqueeze", [counts, column])]);
  return { loss: build.op("Neg", [total(build, weighted)]), kept: total(build, counts) };
}

/**
 * Several classes at once (torch.nn.BCEWithLogitsLoss): log(1 + eˣ) − x · y for each logit, which overflows nowhere. Adds the input
 * labels (float32, as the logits); single labels of −100 count nowhere.
 */
export function binaryCrossEntropy(build: Builder, logits: string): Loss {
  const { sub, mul } = expressions(build);
  const labels = build.input("labels", "float32", build.shape(logits));
  const counts = ones(build, build.op("Not", [build.op("Equal", [labels, build.scalar(IGNORED)])]));
  const each = sub(build.op("Softplus", [logits]), mul(logits, labels));
  return { loss: total(build, mul(each, counts)), kept: total(build, counts) };
}

/** Squared distance (torch.nn.MSELoss). Adds the input labels (float32, as `values`); labels that are NaN count nowhere. */
export function meanSquaredError(build: Builder, values: string): Loss {
  const { sub, mul } = expressions(build);
  const labels = build.input("labels", "float32", build.shape(values));
  const absent = build.op("IsNaN", [labels]);
  const off = sub(values, build.op("Where", [absent, values, labels]));
  return { loss: total(build, mul(off, off)), kept: total(build, ones(build, build.op("Not", [absent]))) };
}
