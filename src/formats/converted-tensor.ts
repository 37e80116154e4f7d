/** Stored tensors in other types, by reference: they are converted whenever they are read. */
import type { Files } from "../core/ports.ts";
import { fromFloat32, type StorageFloat } from "./convert-dtype.ts";
import { float32Pieces } from "./float32-pieces.ts";
import { BLOCK, type BlockBits, blockScales, quantizeBlocks } from "./quantize-blocks.ts";
import type { StoredTensor } from "./stored-tensor.ts";
import { byteSize, type Dtype, type TensorRef } from "./tensor-ref.ts";

/** The tensor itself where it is of that type already. */
export function asFloat(tensor: StoredTensor, dtype: StorageFloat): TensorRef {
  if (!("blocks" in tensor) && !("strides" in tensor) && tensor.dtype === dtype) return tensor;
  return converted(tensor, dtype, tensor.shape, (values) => fromFloat32(values, dtype));
}

export interface Quantized {
  /** int8 or int4, of the tensor's shape. */
  readonly values: TensorRef;
  /** float32, one for each BLOCK of values of a row. */
  readonly scales: TensorRef;
}

/** @param tensor its last side is a multiple of BLOCK. */
export function asBlocks(tensor: StoredTensor, bits: BlockBits): Quantized {
  const { shape } = tensor;
  const blocks = [...shape.slice(0, -1), shape.at(-1)! / BLOCK];
  return {
    values: converted(tensor, bits === 8 ? "int8" : "int4", shape, (values) =>
      quantizeBlocks(values, blockScales(values, bits), bits),
    ),
    scales: converted(tensor, "float32", blocks, (values) =>
      fromFloat32(blockScales(values, bits), "float32"),
    ),
  };
}

function converted(
  tensor: StoredTensor,
  dtype: Dtype,
  shape: readonly number[],
  convert: (values: Float32Array) => Uint8Array,
): TensorRef {
  async function* pieces(files: Pick<Files, "readBytes">): AsyncGenerator<Uint8Array> {
    for await (const values of float32Pieces(files, tensor)) yield convert(values);
  }
  return { dtype, shape, data: { length: byteSize(dtype, shape), pieces } };
}
