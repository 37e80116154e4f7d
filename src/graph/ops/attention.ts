/** MultiHeadAttention and Attention of ONNX Runtime (microsoft/onnxruntime, docs/ContribOperators.md). */
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
const FILTER = -10_000;
const scaleOf = (node: NodeView, size: Dim): number => {
  const scale = node.float("scale", 0);
  return scale === 0 ? 1 / Math.sqrt(elements([size])) : scale;
};

/** Where each input of MultiHeadAttention is. */
const MULTI = { query: 0, key: 1, value: 2, bias: 3, mask: 4, scores: 5, pastKey: 6, pastValue: 7 };

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
function multiSizes(node: NodeView): Sizes {
  const heads = node.int("num_heads");
  const query = node.shape(MULTI.query);
  const [batch, steps] = [query[0]!, query[1]!];
  if (query.length === 5)
    return { batch, steps, places: steps, heads, size: query[4]!, valueSize: query[4]! };
  const size = share(query[2]!, heads);
  if (!node.has(MULTI.key)) return { batch, steps, places: steps, heads, size, valueSize: size };
  const key = node.shape(MULTI.key);
  if (key.length === 5) return { batch, steps, places: key[1]!, heads, size, valueSize: size };
  const value = node.shape(MULTI.value);
  if (key.length === 4) return { batch, steps, places: key[2]!, heads, size, valueSize: value[3]! };
  return { batch, steps, places: key[1]!, heads, size, valueSize: share(value[2]!, heads) };
}

/** Query, keys and values as [batch, heads, …, size]. */
function multiParts(view: GradientView): [string, string, string] {
  const { add, slice, reshape, transpose } = expressions(view.build);
  const { heads, size, valueSize } = multiSizes(view);
  const widths = [size, size, valueSize].map((side) => heads * elements([side]));
  const bias = (part: number): string => {
    const from = widths.slice(0, part).reduce((sum, width) => sum + width, 0);
    return slice(view.input(MULTI.bias), 0, from, from + widths[part]!);
  };
  const apart = (input: number, part: number): string => {
    if (view.rank(input) === 4) return view.input(input);
    const value = view.has(MULTI.bias) ? add(view.input(input), bias(part)) : view.input(input);
    return splitHeads(view, value, heads);
  };
  const packed = (input: number, part: number): string => {
    if (view.has(MULTI.bias)) view.unsupported("a bias of packed inputs is not taken apart");
    const one = slice(view.input(input), 3, part, part + 1);
    return transpose(reshape(one, [0, 0, heads, elements([size])]), [0, 2, 1, 3]);
  };
  if (view.rank(MULTI.query) === 5) return [packed(0, 0), packed(0, 1), packed(0, 2)];
  if (view.rank(MULTI.key) === 5) return [apart(MULTI.query, 0), packed(MULTI.key, 0), packed(MULTI.key, 1)];
  return [apart(MULTI.query, 0), apart(MULTI.key, 1), apart(MULTI.value, 2)];
}

function lowerMulti(view: GradientView): readonly string[] {
  refusePast(view, MULTI.pastKey, MULTI.pastValue);
  const { places, size } = multiSizes(view);
  const [q, k, v] = multiParts(view);
  const filter = view.float("mask_filter_value", FILTER);
  const mixed = attend(view, {
    q,
    k,
    v,
    scale: scaleOf(view, size),
    biases: [
      ...(view.has(MULTI.mask) ? [paddingBias(view, MULTI.mask, places, filter)] : []),
      ...(view.has(MULTI.scores) ? [view.input(MULTI.scores)] : []),
    ],
    causal: view.int("unidirectional", 0) === 1,
  });
  return [mergeHeads(view, mixed), k, v];
}

/** Where each input of Attention is. */
const SINGLE = { input: 0, weights: 1, bias: 2, mask: 3, past: 4, scores: 5 };

function singleWidths(node: NodeView): readonly [number, number, number] {
  const third = elements([node.shape(SINGLE.weights)[1]!]) / 3;
  return node.ints("qkv_hidden_sizes", [third, third, third]) as readonly [number, number, number];
}

function lowerSingle(view: GradientView): readonly string[] {
  if (view.has(SINGLE.past)) view.unsupported("keys and values of earlier runs (past) are not taken apart");
  if (view.int("do_rotary", 0) === 1) view.unsupported("its rotary embedding has no caches to be taken from");
  const { matmul, add, slice, unsqueeze } = expressions(view.build);
  const heads = view.int("num_heads");
  const widths = singleWidths(view);
  const plain = matmul(view.input(SINGLE.input), view.input(SINGLE.weights));
  const all = view.has(SINGLE.bias) ? add(plain, view.input(SINGLE.bias)) : plain;
  const [q, k, v] = widths.map((width, part) => {
    const from = widths.slice(0, part).reduce((sum, one) => sum + one, 0);
    return splitHeads(view, slice(all, 2, from, from + width), heads);
  }) as [string, string, string];
  const filter = view.float("mask_filter_value", FILTER);
  const places = view.shape(SINGLE.input)[1]!;
  const mixed = attend(view, {
    q,
    k,
    v,
    scale: scaleOf(view, widths[0] / heads),
    biases: [
      ...(view.has(SINGLE.mask) ? [paddingBias(view, SINGLE.mask, places, filter)] : []),
      ...(view.has(SINGLE.scores) ? [view.input(SINGLE.scores)] : []),
    ],
    causal: view.int("unidirectional", 0) === 1,
  });
  // Keys over values, [2, batch, heads, places, size]
  const present = (): string => view.op("Concat", [unsqueeze(k, 0), unsqueeze(v, 0)], { axis: 0 });
  return [mergeHeads(view, mixed), view.node.outputs[1] ? present() : ""];
}

const mask = (shape: readonly number[], ...values: number[]) => ({ shape, dtype: "int32", values }) as const;
const three = (shape: Shape & readonly number[]) => [{ shape }, { shape }, { shape }];

export const ATTENTION: readonly OpRow[] = [
  {
    domain: "com.microsoft",
    op: "MultiHeadAttention",
    attributes: { num_heads: "int", mask_filter_value: "float", scale: "float", unidirectional: "int" },
    infer(node) {
      const { dtype } = node.type(0);
      const { batch, steps, places, heads, size, valueSize } = multiSizes(node);
      const past = node.has(MULTI.pastKey) ? node.shape(MULTI.pastKey)[2] : undefined;
      const width = typeof valueSize === "number" ? heads * valueSize : node.shape(MULTI.value)[2]!;
      return [
        { dtype, shape: [batch, steps, width] },
        { dtype, shape: [batch, heads, joined(past, places), size] },
        { dtype, shape: [batch, heads, joined(past, places), valueSize] },
      ];
    },
    lower: lowerMulti,
    flops(node) {
      const { batch, steps, places, heads, size, valueSize } = multiSizes(node);
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
  {
    domain: "com.microsoft",
    op: "Attention",
    attributes: {
      num_heads: "int",
      mask_filter_value: "float",
      scale: "float",
      unidirectional: "int",
      qkv_hidden_sizes: "ints",
      do_rotary: "int",
      rotary_embedding_dim: "int",
      past_present_share_buffer: "int",
    },
    infer(node) {
      const { dtype, shape } = node.type(SINGLE.input);
      const [batch, steps] = [shape[0]!, shape[1]!];
      const [width, , valueWidth] = singleWidths(node);
      const heads = node.int("num_heads");
      const past = node.has(SINGLE.past) ? node.shape(SINGLE.past)[3] : undefined;
      return [
        { dtype, shape: [batch, steps, valueWidth] },
        { dtype, shape: [2, batch, heads, joined(past, steps), width / heads] },
      ];
    },
    lower: lowerSingle,
    flops(node) {
      const [batch, steps, inner] = node.shape(SINGLE.input) as [Dim, Dim, Dim];
      const [width, , valueWidth] = singleWidths(node);
      const products = 2 * elements([batch, steps, inner, node.shape(SINGLE.weights)[1]!]);
      return products + attentionFlops([batch, steps, width], steps, valueWidth);
    },
    samples: [
      {
        name: "with a bias",
        inputs: [{ shape: [2, 3, 6] }, { shape: [6, 24] }, { shape: [24] }],
        attributes: { num_heads: 2 },
      },
      {
        name: "a mask by places and sizes apart",
        inputs: [{ shape: [2, 3, 6] }, { shape: [6, 28] }, { shape: [28] }, mask([2, 3], 1, 1, 0, 1, 0, 1)],
        attributes: { num_heads: 2, qkv_hidden_sizes: [8, 8, 12], unidirectional: 1 },
      },
      {
        name: "a mask by steps and places",
        inputs: [
          { shape: [1, 3, 6] },
          { shape: [6, 24] },
          { shape: [24] },
          mask([1, 3, 3], 1, 0, 0, 1, 1, 0, 0, 1, 1),
        ],
        attributes: { num_heads: 2 },
      },
    ],
  },
];
