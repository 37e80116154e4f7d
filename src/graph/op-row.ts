/** What the op table says of one operator; everything else in this room works from such rows. */
import type { TensorType } from "./graph.ts";
import type { GradientView, NodeView } from "./node-view.ts";
import type { Values } from "./values.ts";

export type AttributeKind = "int" | "float" | "string" | "tensor" | "ints" | "floats" | "strings" | "graph";

/** For each input the name of its gradient, undefined where none flows or none was asked for. */
export type Gradients = readonly (string | undefined)[];

export interface OpRow {
  readonly op: string;
  /** "" (the default) is ONNX itself. */
  readonly domain?: string;
  /** What a node may carry. */
  readonly attributes?: Readonly<Record<string, AttributeKind>>;
  /** Types of the outputs. */
  readonly infer: (node: NodeView) => readonly TensorType[];
  /** Outputs from inputs that are known, for what decides shapes. */
  readonly evaluate?: (node: NodeView) => readonly Values[] | undefined;
  /** "flat": a small change of any input changes nothing (comparisons, rounding, shapes). Without it the op cannot be trained through. */
  readonly gradient?: ((node: GradientView) => Gradients) | "flat";
  /** Floating-point operations of one run, a multiplication and an addition counted as two; NaN while a size is not known. */
  readonly flops: (node: NodeView) => number;
  /** The same by plain ONNX operators; names of the outputs. */
  readonly lower?: (node: GradientView) => readonly string[];
  /** Where it is defined and its gradient is checked: inputs and attributes of small runs. */
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly name: string;
  readonly inputs: readonly (SampleInput | undefined)[];
  readonly attributes?: Readonly<Record<string, number | string | readonly number[]>>;
  /** Default 1. */
  readonly outputs?: number;
}

/** Uniform in `range` (default −2 … 2), or the `values`; integers only when `values` or an integer dtype is given. */
export interface SampleInput {
  readonly shape: readonly number[];
  readonly dtype?: "float32" | "int64" | "uint8" | "bool";
  readonly range?: readonly [low: number, high: number];
  readonly values?: readonly number[];
  /** Known when the graph is built, as axes and shapes are. */
  readonly constant?: true;
}
