/** Where training starts: adapters that change nothing yet, and weights as they are. */
import { invariant } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { normal, type Random, seededRandom } from "../../core/random.ts";
import { readFloat32 } from "../../formats/stored-tensor.ts";
import { elementCount, type TensorRef } from "../../formats/tensor-ref.ts";
import { rowSquares } from "../../graph/passes/lora-layer.ts";
import type { TrainStep } from "./assemble-step.ts";
import type { LoraSettings } from "./settings.ts";

export interface StartOptions {
  readonly init: LoraSettings["init_lora_weights"];
  readonly seed: number;
  /** The base's weights by the names of the graph. */
  readonly weightOf: (name: string) => TensorRef | undefined;
}

/**
 * The vector of a step's parameters as PEFT starts (tuners/lora/layer.py, reset_lora_parameters): A uniform within ±1/√in, as kaiming_uniform_
 * with a = √5 makes it, or normal with σ = 1/r for "gaussian"; B zero; magnitudes the lengths of the rows.
 * @throws what reading the weights throws.
 */
export async function initialParameters(
  files: Pick<Files, "readBytes">,
  { spans, size, layers }: Pick<TrainStep, "spans" | "size" | "layers">,
  { init, seed, weightOf }: StartOptions,
): Promise<Float32Array> {
  const random = seededRandom(seed);
  const byTensor = new Map(
    layers.flatMap((layer) => [layer.a, layer.b, layer.magnitude].map((name) => [name, layer])),
  );
  const out = new Float32Array(size);
  for (const [name, { offset, shape }] of spans) {
    const part = out.subarray(offset, offset + elementCount(shape));
    const layer = byTensor.get(name);
    if (name === layer?.b) continue;
    if (name === layer?.a) {
      const draw = init === "gaussian" ? gaussian(random, layer.rank) : uniform(random, layer.inSize);
      for (let at = 0; at < part.length; at++) part[at] = draw();
      continue;
    }
    const weight = weightOf(layer?.weight ?? name);
    invariant(weight !== undefined, `the base has the weight ${layer?.weight ?? name}`);
    const values = await readFloat32(files, layer ? rowSquares(weight, layer.outputsLast) : weight);
    part.set(layer ? values.map(Math.sqrt) : values);
  }
  return out;
}

const uniform =
  (random: Random, inSize: number): (() => number) =>
  () =>
    (2 * random.next() - 1) / Math.sqrt(inSize);
const gaussian =
  (random: Random, rank: number): (() => number) =>
  () =>
    normal(random) / rank;
