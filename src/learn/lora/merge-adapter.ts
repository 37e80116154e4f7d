/** An adapter and its base as one model: W + scale · B · A, computed while the merged file is written. */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { fromFloat32, type StorageFloat, toFloat32 } from "../../formats/convert-dtype.ts";
import { asFloat } from "../../formats/converted-tensor.ts";
import { float32Pieces } from "../../formats/float32-pieces.ts";
import type { MemoryTensor } from "../../formats/safetensors.ts";
import type { StoredTensor } from "../../formats/stored-tensor.ts";
import { byteSize, type TensorRef } from "../../formats/tensor-ref.ts";
import { type Adapter, type AdapterLayer, layersOf, mismatch, renaming, wholeOf } from "./adapter.ts";

const KEPT: readonly string[] = ["float32", "float16", "bfloat16"] satisfies StorageFloat[];

/**
 * @param base a model's files: its names, order and types are kept.
 * @param prefix what names have in front in models with a head, such as "bert.": a bare encoder's get it when the adapter brings a head.
 * @returns tensors by reference; reading one of an adapted layer throws "export-refused" for what is no finite number.
 * @throws "adapter-mismatch"; "unsupported-input" for layers that are stored in other types than fp32, fp16 and bf16.
 */
export function mergeAdapter(
  base: ReadonlyMap<string, StoredTensor>,
  adapter: Adapter,
  prefix = "",
): ReadonlyMap<string, TensorRef> {
  const layers = new Map(layersOf(adapter).map((layer) => [`${layer.module}.weight`, layer]));
  const whole = wholeOf(adapter);
  const toBase = renaming([...layers.keys(), ...whole.keys()], new Set(base.keys()));
  const isNewHead = [...whole.keys()].some((name) => !base.has(toBase(name)) && !base.has(name));
  const isBare = isNewHead && ![...base.keys()].some((name) => name.startsWith(prefix));
  const out = new Map<string, TensorRef>();
  const byBase = new Map([...layers].map(([name, layer]) => [toBase(name), layer]));
  const wholeByBase = new Map(
    [...whole].map(([name, tensor]) => [base.has(name) ? name : toBase(name), tensor]),
  );
  const problems: string[] = [];
  for (const [name, tensor] of base) {
    const written = isBare ? prefix + name : name;
    const [layer, trained] = [byBase.get(name), wholeByBase.get(name)];
    const own = layer && [layer.b.shape[0]!, layer.a.shape[1]!];
    if (own && own.join() !== tensor.shape.join())
      problems.push(`${name} is [${own}] in the adapter, [${tensor.shape}] in the base`);
    else if (layer) out.set(written, mergedWeight(name, tensor, layer));
    // A head may be one for more classes than that of the base.
    else if (trained) out.set(written, asFloat(trained, floatType(name, tensor)));
    else out.set(written, plain(tensor));
  }
  for (const name of byBase.keys()) if (!base.has(name)) problems.push(`the base has no ${name}`);
  if (problems.length > 0) throw mismatch("the adapter does not fit the base", problems);
  const type = layers.size > 0 ? floatType("a layer", base.get([...byBase.keys()][0]!)!) : "float32";
  for (const [name, tensor] of whole) {
    if (!base.has(name) && !base.has(toBase(name))) out.set(name, asFloat(tensor, type));
  }
  return out;
}

/** Strides and blocks do not go into safetensors. */
function plain(tensor: StoredTensor): TensorRef {
  if ("blocks" in tensor || "strides" in tensor) {
    const type =
      "dtype" in tensor && KEPT.includes(tensor.dtype) ? (tensor.dtype as StorageFloat) : "float32";
    return asFloat(tensor, type);
  }
  return tensor;
}

function floatType(name: string, tensor: StoredTensor): StorageFloat {
  if ("dtype" in tensor && KEPT.includes(tensor.dtype)) return tensor.dtype as StorageFloat;
  throw new FrugalError({
    code: "unsupported-input",
    what: `the adapter cannot be merged into ${name}`,
    why: `it is stored as ${"blocks" in tensor ? tensor.blocks.name : tensor.dtype}, where what was tuned would be lost to rounding`,
    remedy: "merge into the model in fp32, fp16 or bf16, or use the adapter beside it",
  });
}

/** The weight [out, in] with its layer added, by reference. */
export function mergedWeight(name: string, tensor: StoredTensor, layer: AdapterLayer): TensorRef {
  const dtype = floatType(name, tensor);
  const columns = tensor.shape[1]!;
  const added = new RowsOf(layer, columns);
  async function* sums(
    files: Pick<Files, "readBytes">,
  ): AsyncGenerator<{ values: Float32Array; from: number }> {
    let from = 0;
    for await (const values of float32Pieces(files, tensor)) {
      added.addTo(values, from);
      yield { values, from };
      from += values.length;
    }
  }
  async function* pieces(files: Pick<Files, "readBytes">): AsyncGenerator<Uint8Array> {
    const gains = layer.magnitude && (await gainsOf(layer.magnitude, sums(files), columns));
    for await (const { values, from } of sums(files)) {
      if (gains)
        for (let at = 0; at < values.length; at++) values[at]! *= gains[Math.floor((from + at) / columns)]!;
      const bytes = fromFloat32(values, dtype);
      if (!toFloat32(bytes, dtype).every(Number.isFinite)) throw notFinite(name, dtype);
      yield bytes;
    }
  }
  const length = byteSize(dtype, tensor.shape);
  return { dtype, shape: tensor.shape, data: { length, pieces } };
}

/** DoRA: by what each row is multiplied to have its trained length. */
async function gainsOf(
  magnitude: MemoryTensor,
  sums: AsyncIterable<{ readonly values: Float32Array; readonly from: number }>,
  columns: number,
): Promise<Float64Array> {
  const wanted = toFloat32(magnitude.data, "float32");
  const squares = new Float64Array(wanted.length);
  for await (const { values, from } of sums) {
    for (let at = 0; at < values.length; at++)
      squares[Math.floor((from + at) / columns)]! += values[at]! ** 2;
  }
  return squares.map((square, row) => wanted[row]! / Math.sqrt(square));
}

/** scale · B · A, a row at a time. */
class RowsOf {
  readonly #a: Float32Array;
  readonly #b: Float32Array;
  readonly #row: Float64Array;
  readonly #rank: number;
  readonly #scale: number;

  constructor({ a, b, rank, scale }: AdapterLayer, columns: number) {
    this.#a = toFloat32(a.data, "float32");
    this.#b = toFloat32(b.data, "float32");
    this.#row = new Float64Array(columns);
    this.#rank = rank;
    this.#scale = scale;
  }

  /** @param from where in the matrix, row after row, `values` begin. */
  addTo(values: Float32Array, from: number): void {
    const columns = this.#row.length;
    let at = 0;
    while (at < values.length) {
      const place = from + at;
      const column = place % columns;
      const count = Math.min(columns - column, values.length - at);
      this.#fill(Math.floor(place / columns));
      for (let n = 0; n < count; n++) values[at + n]! += this.#row[column + n]!;
      at += count;
    }
  }

  #fill(row: number): void {
    const [sums, a, rank] = [this.#row, this.#a, this.#rank];
    const columns = sums.length;
    sums.fill(0);
    const factor = (n: number): number => this.#scale * this.#b[row * rank + n]!;
    // Four at once, in the order of one after the other: most of the time goes into reading and writing the sums.
    let n = 0;
    for (; n + 4 <= rank; n += 4) {
      const [f0, f1, f2, f3] = [factor(n), factor(n + 1), factor(n + 2), factor(n + 3)];
      const [a1, a2, a3] = [columns, 2 * columns, 3 * columns];
      for (let column = 0, at = n * columns; column < columns; column++, at++)
        sums[column] = sums[column]! + f0 * a[at]! + f1 * a[at + a1]! + f2 * a[at + a2]! + f3 * a[at + a3]!;
    }
    for (; n < rank; n++) {
      const one = factor(n);
      for (let column = 0; column < columns; column++) sums[column]! += one * a[n * columns + column]!;
    }
  }
}

const notFinite = (name: string, dtype: StorageFloat): FrugalError =>
  new FrugalError({
    code: "export-refused",
    what: `${name} cannot be merged`,
    why: `the sum of base and adapter is no finite number in ${dtype}`,
    remedy: "use the adapter beside its base, or train again at a lower rate",
  });
