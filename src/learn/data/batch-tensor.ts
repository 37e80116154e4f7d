/** Inputs of a step, as ONNX Runtime takes them: `new Tensor(dtype, data, shape)`. */
export type BatchTensor =
  | { readonly dtype: "int64"; readonly shape: readonly number[]; readonly data: BigInt64Array }
  | { readonly dtype: "float32"; readonly shape: readonly number[]; readonly data: Float32Array };

/** Filled with one number. */
export const int64 = (
  shape: readonly number[],
  value: number,
): Extract<BatchTensor, { readonly dtype: "int64" }> => ({
  dtype: "int64",
  shape,
  data: new BigInt64Array(shape.reduce((product, side) => product * side, 1)).fill(BigInt(value)),
});
