/** The values of stored tensors as fp32, a piece at a time: a model's weights are converted without ever being in memory together. */
import type { Files } from "../core/ports.ts";
import { toFloat32 } from "./convert-dtype.ts";
import { readFloat32, type StoredTensor } from "./stored-tensor.ts";
import { byteSize, elementCount } from "./tensor-ref.ts";

/** A multiple of the values of any block. */
const PIECE_VALUES = 256 * 1024;

/**
 * @param size values of each piece of a tensor that lies in a file, whole blocks; the last may have fewer.
 * @throws as `readFloat32`.
 */
export async function* float32Pieces(
  files: Pick<Files, "readBytes">,
  tensor: StoredTensor,
  size: number = PIECE_VALUES,
): AsyncGenerator<Float32Array> {
  const { data, shape } = tensor;
  if (!("blocks" in tensor) && "pieces" in data) {
    for await (const piece of data.pieces(files)) yield toFloat32(piece, tensor.dtype);
    return;
  }
  if (!("path" in data) || "strides" in tensor) {
    yield await readFloat32(files, tensor);
    return;
  }
  const bytesOf = (values: number): number =>
    "blocks" in tensor
      ? (values / tensor.blocks.blockValues) * tensor.blocks.blockBytes
      : byteSize(tensor.dtype, [values]);
  const count = elementCount(shape);
  for (let from = 0; from < count; from += size) {
    const values = Math.min(size, count - from);
    const span = { path: data.path, offset: data.offset + bytesOf(from), length: bytesOf(values) };
    const part = { ...tensor, shape: [values], data: span };
    yield await readFloat32(files, part);
  }
}
