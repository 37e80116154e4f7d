/** MultiHeadAttention of ONNX Runtime (microsoft/onnxruntime, docs/ContribOperators.md): queries, keys and values are projected already. */
import {
  attend,
  attentionFlops,
  joined,
  mergeHeads,
  paddingBias,
  refusePast,
  splitHeads,
} from "../attention-parts.ts";
import { expressions } from "../expressions.ts";
import type { Dim, Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow } from "../op-row.ts";
import { elements } from "../shapes.ts";

/** Of masked scores, unless the node says another. */
export const FILTER = -10_000;
export const scaleOf = (node: NodeView, size: Dim): number => {
  const scale = node.float("scale", 0);
  return scale === 0 ? 1 / Math.sqrt(elements([size])) : scale;
};

/** Where each input is. */
const INPUT = { query: 0, key: 1, value: 2, bias: 3, mask: 4, scores: 5, pastKey: 6, pastValue: 7 };

interface Sizes {
  readonly batch: Dim;
  readonly steps: Dim;
  readonly places: Dim;
  readonly heads: number;
  readonly size: Dim;
  readonly valueSize: Dim;
}

const share = (width: Dim, heads: number): Dim =>
  typeof width === "number" ? width / heads : `${width}/${heads}`;

/** Query, keys and values lie apart, or keys with values in one tensor [batch, places, heads, 2, size], or all three together. */
function sizesOf(node: NodeView): Sizes {
  const heads = node.int("num_heads");
  const query = node.shape(INPUT.query);
  const [batch, steps] = [query[0]!, query[1]!];
  if (query.length === 5)
    return { batch, steps, places: steps, heads, size: query[4]!, valueSize: query[4]! };
  const size = share(query[2]!, heads);
  if (!node.has(INPUT.key)) return { batch, steps, places: steps, heads, size, valueSize: size };
  const key = node.shape(INPUT.key);
  if (key.length === 5) return { batch, steps, places: key[1]!, heads, size, valueSize: size };
  const value = node.shape(INPUT.value);
  if (key.length === 4) return { batch, steps, places: key[2]!, heads, size, valueSize: value[3]! };
  return { batch, steps, places: key[1]!, heads, size, valueSize: share(value[2]!, heads) };
}

/** Query, keys and values as [batch, heads, …, size]. */
function parts(view: GradientView): [string, string, string] {
  const { add, slice, reshape, transpose } = expressions(view.build);
  const { heads, size, valueSize } = sizesOf(view);
  const widths = [size, size, valueSize].map((side) => heads * elements([side]));
  const bias = (part: number): string => {
    const from = widths.slice(0, part).reduce((sum, width) => sum + width, 0);
    return slice(view.input(INPUT.bias), 0, from, from + widths[part]!);
  };
  const apart = (input: number, part: number): string => {
    if (view.rank(input) === 4) return view.input(input);
    const value = view.has(INPUT.bias) ? add(view.input(input), bias(part)) : view.input(input);
    return splitHeads(view, value, heads);
  };
  const packed = (input: number, part: number): string => {
    if (view.has(INPUT.bias)) view.unsupported("a bias of packed inputs is not taken apart");
    const one = slice(view.input(input), 3, part, part + 1);
    return transpose(reshape(one, [0, 0, heads, elements([size])]), [0, 2, 1, 3]);
  };
  if (view.rank(INPUT.query) === 5) return [packed(0, 0), packed(0, 1), packed(0, 2)];
  if (view.rank(INPUT.key) === 5) return [apart(INPUT.query, 0), packed(INPUT.key, 0), packed(INPUT.key, 1)];
  return [apart(INPUT.query, 0), apart(INPUT.key, 1), apart(INPUT.value, 2)];
}

function lower(view: GradientView): readonly string[] {
  refusePast(view, INPUT.pastKey, INPUT.pastValue);
  const { places, size } = sizesOf(view);
  const [q, k, v] = parts(view);
  const filter = view.float("mask_filter_value", FILTER);
  const mixed = attend(view, {
    q,
    k,
    v,
    scale: scaleOf(view, size),
    biases: [
      ...(view.has(INPUT.mask) ? [paddingBias(view, INPUT.mask, places, filter)] : []),
      ...(view.has(INPUT.scores) ? [view.input(INPUT.scores)] : []),
    ],
    causal: view.int("unidirectional", 0) === 1,
  });
  return [mergeHeads(view, mixed), k, v];
}

const mask = (shape: readonly number[], ...values: number[]) => ({ shape, dtype: "int32", values }) as const;
const three = (shape: Shape & readonly number[]) => [{ shape }, { shape }, { shape }];

export const MULTI_HEAD_ATTENTION: readonly OpRow[] = [
  {
    domain: "com.microsoft",
    op: "MultiHeadAttention",
    attributes: { num_heads: "int", mask_filter_value: "float", scale: "float", unidirectional: "int" },
    infer(node) {
      const { dtype } = node.type(0);
      const { batch, steps, places, heads, size, valueSize } = sizesOf(node);
      const past = node.has(INPUT.pastKey) ? node.shape(INPUT.pastKey)[2] : undefined;
      const width = typeof valueSize === "number" ? heads * valueSize : node.shape(INPUT.value)[2]!;
      return [
        { dtype, shape: [batch, steps, width] },
        { dtype, shape: [batch, heads, joined(past, places), size] },
        { dtype, shape: [batch, heads, joined(past, places), valueSize] },
      ];
    },
    lower,
    flops(node) {
      const { batch, steps, places, heads, size, valueSize } = sizesOf(node);
      return attentionFlops([batch, heads, steps, size], places, valueSize);
    },
    samples: [
      { name: "apart", inputs: three([2, 3, 8]), attributes: { num_heads: 2 } },
      {
        name: "other places than steps, a bias, a mask by places, scores",
        inputs: [
          { shape: [2, 3, 8] },
          { shape: [2, 4, 8] },
          { shape: [2, 4, 12] },
          { shape: [28] },
          mask([2, 4], 1, 1, 0, 1, 1, 1, 1, 0),
          { shape: [1, 2, 3, 4] },
        ],
        attributes: { num_heads: 2, scale: 0.3 },
      },
      {
        name: "lengths, no sight of what follows",
        inputs: [...three([2, 3, 8]), undefined, mask([2], 2, 3)],
        attributes: { num_heads: 4, unidirectional: 1 },
      },
    ],
  },
];
