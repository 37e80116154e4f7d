/** Attention of ONNX Runtime (microsoft/onnxruntime, docs/ContribOperators.md): queries, keys and values by one product from one input. */
import { attend, attentionFlops, joined, mergeHeads, paddingBias, splitHeads } from "../attention-parts.ts";
import { expressions } from "../expressions.ts";
import type { Dim } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow } from "../op-row.ts";
import { elements } from "../shapes.ts";
import { FILTER, scaleOf } from "./multi-head-attention.ts";

/** Where each input is. */
const INPUT = { input: 0, weights: 1, bias: 2, mask: 3, past: 4, scores: 5 };

function widthsOf(node: NodeView): readonly [number, number, number] {
  const third = elements([node.shape(INPUT.weights)[1]!]) / 3;
  return node.ints("qkv_hidden_sizes", [third, third, third]) as readonly [number, number, number];
}

function lower(view: GradientView): readonly string[] {
  if (view.has(INPUT.past)) view.unsupported("keys and values of earlier runs (past) are not taken apart");
  if (view.int("do_rotary", 0) === 1) view.unsupported("its rotary embedding has no caches to be taken from");
  const { matmul, add, slice, unsqueeze } = expressions(view.build);
  const heads = view.int("num_heads");
  const widths = widthsOf(view);
  const plain = matmul(view.input(INPUT.input), view.input(INPUT.weights));
  const all = view.has(INPUT.bias) ? add(plain, view.input(INPUT.bias)) : plain;
  const [q, k, v] = widths.map((width, part) => {
    const from = widths.slice(0, part).reduce((sum, one) => sum + one, 0);
    return splitHeads(view, slice(all, 2, from, from + width), heads);
  }) as [string, string, string];
  const filter = view.float("mask_filter_value", FILTER);
  const places = view.shape(INPUT.input)[1]!;
  const mixed = attend(view, {
    q,
    k,
    v,
    scale: scaleOf(view, widths[0] / heads),
    biases: [
      ...(view.has(INPUT.mask) ? [paddingBias(view, INPUT.mask, places, filter)] : []),
      ...(view.has(INPUT.scores) ? [view.input(INPUT.scores)] : []),
    ],
    causal: view.int("unidirectional", 0) === 1,
  });
  // Keys over values, [2, batch, heads, places, size]
  const present = (): string => view.op("Concat", [unsqueeze(k, 0), unsqueeze(v, 0)], { axis: 0 });
  return [mergeHeads(view, mixed), view.node.outputs[1] ? present() : ""];
}

const mask = (shape: readonly number[], ...values: number[]) => ({ shape, dtype: "int32", values }) as const;

export const SELF_ATTENTION: readonly OpRow[] = [
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
      const { dtype, shape } = node.type(INPUT.input);
      const [batch, steps] = [shape[0]!, shape[1]!];
      const [width, , valueWidth] = widthsOf(node);
      const heads = node.int("num_heads");
      const past = node.has(INPUT.past) ? node.shape(INPUT.past)[3] : undefined;
      return [
        { dtype, shape: [batch, steps, valueWidth] },
        { dtype, shape: [2, batch, heads, joined(past, steps), width / heads] },
      ];
    },
    lower,
    flops(node) {
      const [batch, steps, inner] = node.shape(INPUT.input) as [Dim, Dim, Dim];
      const [width, , valueWidth] = widthsOf(node);
      const products = 2 * elements([batch, steps, inner, node.shape(INPUT.weights)[1]!]);
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
