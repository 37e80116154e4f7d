/**
 * What an operation counts for, in one place: an addition, a multiplication or a comparison one, a division or a root four, a
 * transcendental function eight, after F. H. McMahon, "The Livermore Fortran Kernels" (UCRL-53745, 1986), table of operation weights.
 * Moving, converting and looking up values counts nothing.
 */
import { broadcastShape } from "./gradient-parts.ts";
import type { NodeView } from "./node-view.ts";
import { elements } from "./shapes.ts";

export const DIVISION = 4;
export const TRANSCENDENTAL = 8;
/** Of one number: the largest is sought and subtracted, and the sum divides. */
export const SOFTMAX_FLOPS: number = TRANSCENDENTAL + DIVISION + 3;

export const noFlops = (): number => 0;

/** For elementwise operators: so many operations for each element of the output. */
export const perElement =
  (operations: number) =>
  (node: NodeView): number =>
    operations * elements(broadcastShape(node));

/** For operators with one main input: so many operations for each of its elements. */
export const perInput =
  (operations: number) =>
  (node: NodeView): number =>
    operations * elements(node.shape(0));
