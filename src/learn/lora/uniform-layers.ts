/** Layers for formats that know one scale for all of them: what differs goes into B. */
import { fromFloat32, toFloat32 } from "../../formats/convert-dtype.ts";
import type { MemoryTensor } from "../../formats/safetensors.ts";
import type { AdapterLayer } from "./adapter.ts";

/** The layer with that scale, which computes the same. */
export function withScale(layer: AdapterLayer, scale: number): AdapterLayer {
  // The same but for the rounding of quotients.
  if (Math.abs(layer.scale / scale - 1) < 1e-12) return { ...layer, scale };
  const values = toFloat32(layer.b.data, "float32").map((value) => value * (layer.scale / scale));
  return { ...layer, scale, b: { ...layer.b, data: fromFloat32(values, "float32") } };
}

/** The layer with that rank, at least its own: rows of A and columns of B that are zero change nothing. */
export function withRank(layer: AdapterLayer, rank: number): AdapterLayer {
  if (rank === layer.rank) return layer;
  const a = new Float32Array(rank * layer.a.shape[1]!);
  a.set(toFloat32(layer.a.data, "float32"));
  const old = toFloat32(layer.b.data, "float32");
  const b = new Float32Array(layer.b.shape[0]! * rank);
  for (let at = 0; at < old.length; at++)
    b[Math.floor(at / layer.rank) * rank + (at % layer.rank)] = old[at]!;
  return { ...layer, rank, a: matrix([rank, layer.a.shape[1]!], a), b: matrix([layer.b.shape[0]!, rank], b) };
}

export const matrix = (shape: readonly number[], values: Float32Array): MemoryTensor => ({
  dtype: "float32",
  shape,
  data: fromFloat32(values, "float32"),
});

export function transposed({ shape, data }: MemoryTensor): MemoryTensor {
  const [rows, columns] = shape as [number, number];
  const values = toFloat32(data, "float32");
  const out = new Float32Array(values.length);
  for (let at = 0; at < out.length; at++) out[at] = values[(at % rows) * columns + Math.floor(at / rows)]!;
  return matrix([columns, rows], out);
}
