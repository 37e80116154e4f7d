/** Which tensors go into a file of weights beside the model, and where in it. */
import { dirname, join, relative, sep } from "node:path";
import type { Data } from "../tensor-ref.ts";
import { type ExternalPlace, leavesFolder } from "./external-data.ts";
import type { Placement } from "./graph-message.ts";

/** So that every element type may be read in place, as vector instructions like it. */
const ALIGNMENT = 64;
/** Pages, so that the file may be mapped (onnx.proto3, TensorProto.external_data); not worth its padding for small tensors. */
const PAGE = 4_096;
const PAGED_FROM = 1024 * 1024;

export interface WeightsPlan {
  /** To be asked for the model's tensors in order. */
  readonly place: Placement;
  /** What the file of weights is made of, padding included, once all tensors were placed. */
  readonly parts: Data[];
}

export interface PlanOptions {
  readonly model: string;
  readonly weightsName: string;
  readonly threshold: number;
  readonly keep: boolean;
}

export function planWeights({ model, weightsName, threshold, keep }: PlanOptions): WeightsPlan {
  const folder = dirname(model);
  const parts: Data[] = [];
  let end = 0;
  const replaced = [model, join(folder, weightsName)];
  const isReplaced = (path: string): boolean => replaced.some((one) => relative(one, path) === "");
  const place: Placement = ({ dtype, data }) => {
    // The format has room for strings in the model file only.
    if (dtype === "string" || data.length < threshold || data.length === 0) return undefined;
    if (keep && "path" in data && !isReplaced(data.path)) {
      const there = placeBelow(folder, data);
      if (there !== undefined) return there;
    }
    const step = data.length >= PAGED_FROM ? PAGE : ALIGNMENT;
    const offset = Math.ceil(end / step) * step;
    if (offset > end) parts.push(new Uint8Array(offset - end));
    parts.push(data);
    end = offset + data.length;
    return { location: weightsName, offset, length: data.length };
  };
  return { place, parts };
}

/** undefined when the file does not lie in the folder or below. */
export function placeBelow(
  folder: string,
  { path, offset, length }: { readonly path: string; readonly offset: number; readonly length: number },
): Required<ExternalPlace> | undefined {
  const location = relative(folder, path).replaceAll(sep, "/");
  return location === "" || leavesFolder(location) ? undefined : { location, offset, length };
}
