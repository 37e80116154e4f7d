/** One vector per row, as sentence-transformers makes it (sentence_transformers, modules Pooling and Normalize). */
import { dataTypeNumber } from "../../formats/onnx/tensor-types.ts";
import type { Builder } from "../../graph/builder.ts";
import { expressions } from "../../graph/expressions.ts";
import type { Encoded } from "./encoder.ts";

/** Least number of tokens and least length that anything is divided by (Pooling and torch.nn.functional.normalize). */
const LEAST_COUNT = 1e-9;
const LEAST_LENGTH = 1e-12;

/** The mean of the hidden states of tokens that are no padding, float32 [rows, width]. */
export function meanPool({ layers, hidden, attentionMask }: Encoded): string {
  const { build, batch, reshape, mul, div, sum } = layers;
  const { rows, length } = batch;
  const width = build.shape(hidden)[1] as number;
  const byRow = reshape(hidden, [rows, length, width]);
  const flat = (x: string): string => reshape(x, [rows, width]);
  if (attentionMask === undefined) return flat(layers.mean(byRow, [1]));
  const kept = layers.unsqueeze(build.op("Cast", [attentionMask], { to: dataTypeNumber("float32") }), 2);
  const count = build.op("Max", [sum(kept, [1]), build.scalar(LEAST_COUNT)]);
  return flat(div(sum(mul(byRow, kept), [1]), count));
}

/** Every row brought to length one. */
export function normalize(build: Builder, x: string): string {
  const { mul, div, sum, sqrt } = expressions(build);
  const square = build.op("Max", [sum(mul(x, x), [-1]), build.scalar(LEAST_LENGTH ** 2)]);
  return div(x, sqrt(square));
}
