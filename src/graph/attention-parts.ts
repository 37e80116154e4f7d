/** Scaled dot-product attention of plain operators, which all attention operators are lowered to. */
import { expressions } from "./expressions.ts";
import { SOFTMAX_FLOPS } from "./flops.ts";
import type { Dim, Shape } from "./graph.ts";
import type { GradientView } from "./node-view.ts";
import { elements } from "./shapes.ts";

export interface Attended {
  /** [batch, heads, steps, size] */
  readonly q: string;
  /** [batch, groups, places, size]: one for each head, or for several heads that lie side by side. */
  readonly k: string;
  readonly v: string;
  readonly scale: number;
  /** Each broadcast to [batch, heads, steps, places] and added to the scores. */
  readonly biases?: readonly string[];
  readonly causal?: boolean;
  /** Scores are kept below it by c · tanh(score/c); 0 is no limit. */
  readonly softcap?: number;
}

/** @returns [batch, heads, steps, size of v] */
export function attend(view: GradientView, attended: Attended): string {
  const { add, matmul, times, transpose } = expressions(view.build);
  const { q, k, v, biases = [], causal = false } = attended;
  const shapeOf = (value: string): Shape => view.build.shape(value);
  const [, heads, steps, size] = shapeOf(q);
  const [, groups, places] = shapeOf(k);
  const valueSize = shapeOf(v)[3];
  const to = (value: string, ...shape: number[]): string =>
    view.op("Reshape", [value, view.build.ints(shape)]);
  const known = (side: Dim | undefined): number =>
    typeof side === "number" ? side : view.unsupported(`its side ${side} is not known before the run`);
  const shared = heads !== groups;
  // Heads that share keys become steps of one head: no copies of keys and values.
  const rows = shared ? to(q, 0, known(groups), -1, known(size)) : q;
  let scores = matmul(times(rows, attended.scale), transpose(k, [0, 1, 3, 2]));
  const capped = (value: string): string => {
    const cap = attended.softcap ?? 0;
    return cap === 0 ? value : times(view.op("Tanh", [times(value, 1 / cap)]), cap);
  };
  const all = causal ? [...biases, causalBias(view, known(steps), known(places))] : biases;
  const biased = (value: string): string => {
    if (all.length === 0) return value;
    const split = shared
      ? typeof places === "number"
        ? to(value, 0, known(heads), -1, places)
        : to(value, 0, known(heads), known(steps), -1)
      : value;
    const sum = all.reduce(add, split);
    return shared ? to(sum, 0, known(groups), -1, known(places)) : sum;
  };
  scores = biased(capped(scores));
  const mixed = matmul(view.op("Softmax", [scores], { axis: -1 }), v);
  return shared ? to(mixed, 0, known(heads), -1, known(valueSize)) : mixed;
}

/** Lowest float32: added to what may not be seen. */
const LOWEST = -3.4028234663852886e38;

/** No step sees a place behind it. */
function causalBias(view: GradientView, steps: number, places: number): string {
  const full = view.op("Expand", [view.build.scalar(LOWEST), view.build.ints([steps, places])]);
  const first = view.build.constant({ dtype: "int64", shape: [], values: [1] });
  return view.op("Trilu", [full, first], { upper: 1 });
}

/** [batch, steps, heads · size] to [batch, heads, steps, size] */
export function splitHeads(view: GradientView, value: string, heads: number): string {
  const { reshape, transpose } = expressions(view.build);
  const width = view.build.shape(value)[2];
  if (typeof width !== "number") view.unsupported(`its width ${width} is not known before the run`);
  return transpose(reshape(value, [0, 0, heads, width / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, steps, size] to [batch, steps, heads · size] */
export function mergeHeads(view: GradientView, value: string): string {
  const { reshape, transpose } = expressions(view.build);
  const [, heads, , size] = view.build.shape(value);
  return reshape(transpose(value, [0, 2, 1, 3]), [0, 0, elements([heads!, size!])]);
}

/**
 * `filter` is added where a mask of int32 is 0: by places, [batch, places]; by steps and places, [batch, steps, places]; or the
 * number of places seen, [batch].
 */
export function paddingBias(view: GradientView, input: number, places: Dim, filter: number): string {
  const { times, plus, unsqueeze, reshape } = expressions(view.build);
  const mask = view.input(input);
  const shape = view.shape(input);
  const asBias = (seen: string): string => {
    const floats = view.op("Cast", [seen], { to: ONNX_FLOAT });
    return times(plus(floats, -1), -filter);
  };
  if (shape.length === 1) {
    if (shape[0] !== view.shape(0)[0]) view.unsupported("its mask of starts and ends is not taken apart");
    if (typeof places !== "number") view.unsupported("its number of places is not known before the run");
    const index = view.build.constant({
      dtype: "int32",
      shape: [1, places],
      values: Array.from({ length: places }, (_, at) => at),
    });
    return unsqueeze(asBias(view.op("Less", [index, reshape(mask, [-1, 1])])), 1, 2);
  }
  if (shape.length === 2) return unsqueeze(asBias(mask), 1, 2);
  if (shape.length === 3) return unsqueeze(asBias(mask), 1);
  return view.unsupported(`its mask of rank ${shape.length} is not taken apart`);
}

/** TensorProto.DataType.FLOAT */
export const ONNX_FLOAT = 1;

/** Refuses inputs that hold what earlier runs saw; one without places holds nothing. */
export function refusePast(view: GradientView, ...inputs: number[]): void {
  for (const input of inputs) {
    if (view.has(input) && view.rank(input) === 4 && view.shape(input)[2] !== 0) {
      view.unsupported("keys and values of earlier runs (past) are not taken apart: train without them");
    }
  }
}

/** A side of two parts. */
export function joined(a: Dim | undefined, b: Dim): Dim {
  if (a === undefined || a === 0) return b;
  return typeof a === "number" && typeof b === "number" ? a + b : `${a}+${b}`;
}

/** Products with keys and values, and the scaled softmax between. */
export const attentionFlops = (q: Shape, places: Dim, width: Dim): number =>
  2 * elements([...q, places]) +
  (SOFTMAX_FLOPS + 1) * elements([...q.slice(0, -1), places]) +
  2 * elements([...q.slice(0, -1), places, width]);
