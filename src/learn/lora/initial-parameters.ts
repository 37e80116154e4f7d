/** Where training starts: A spread evenly, B at nothing, so that the model answers at first as it did before (PEFT, LoraLayer.reset_lora_parameters). */
import { seededRandom } from "../../core/random.ts";
import { toFloat32 } from "../../formats/convert-dtype.ts";
import { elementCount, type TensorRef } from "../../formats/tensor-ref.ts";
import type { Span } from "../../graph/passes/flat-parameters.ts";

const LOW = /\.lora_A\.weight$/;
const HIGH = /\.lora_B\.weight$/;

/**
 * @param bytesOf the values of a weight that is trained as a whole.
 * @returns float32 [size]: A uniform within ±1/√in (Kaiming with a = √5), seeded tensor by tensor in the spans' order.
 */
export async function initialParameters(
  { spans, size }: { readonly spans: ReadonlyMap<string, Span>; readonly size: number },
  bytesOf: (name: string) => Promise<{ readonly tensor: TensorRef; readonly bytes: Uint8Array }>,
  seed: number,
): Promise<Float32Array> {
  const random = seededRandom(seed);
  const parameters = new Float32Array(size);
  for (const [name, { offset, shape }] of spans) {
    const count = elementCount(shape);
    if (LOW.test(name)) {
      const bound = 1 / Math.sqrt(shape[1]!);
      for (let at = 0; at < count; at++) parameters[offset + at] = bound * (2 * random.next() - 1);
    } else if (!HIGH.test(name)) {
      const { tensor, bytes } = await bytesOf(name);
      parameters.set(toFloat32(bytes, tensor.dtype), offset);
    }
  }
  return parameters;
}
