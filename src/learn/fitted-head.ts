/** A classifier fitted on vectors as a linear layer with one output for each class. */
import { fromFloat32 } from "../formats/convert-dtype.ts";
import type { MemoryTensor } from "../formats/safetensors.ts";
import { denseMatrix } from "./feature-matrix.ts";
import { fitLogistic } from "./logistic-regression.ts";

export interface FittedHead {
  /** Logits of a vector. */
  scores(vector: Float32Array): Float32Array;
  /** [classes, width] and [classes], as PyTorch's Linear has them. */
  readonly weight: MemoryTensor;
  readonly bias: MemoryTensor;
}

/** @param labels the class of each vector. @throws as `fitLogistic`. */
export async function fitHead(
  vectors: readonly Float32Array[],
  labels: readonly number[],
  classes: number,
): Promise<FittedHead> {
  const width = vectors[0]!.length;
  const { model } = await fitLogistic(denseMatrix(vectors, width), Uint32Array.from(labels), classes);
  // Two classes share one output: the other's logit is 0.
  const first = classes - model.outputs;
  const weight = new Float32Array(classes * width);
  const bias = new Float32Array(classes);
  for (let output = 0; output < model.outputs; output++) {
    bias[first + output] = model.intercepts[output]!;
    for (let at = 0; at < width; at++)
      weight[(first + output) * width + at] = model.weights[at * model.outputs + output]!;
  }
  const tensor = (shape: readonly number[], values: Float32Array): MemoryTensor => ({
    dtype: "float32",
    shape,
    data: fromFloat32(values, "float32"),
  });
  return {
    scores: (vector) =>
      Float32Array.from(bias, (start, row) =>
        vector.reduce((sum, value, at) => sum + value * weight[row * width + at]!, start),
      ),
    weight: tensor([classes, width], weight),
    bias: tensor([classes], bias),
  };
}
