/** GroupQueryAttention of ONNX Runtime (microsoft/onnxruntime, docs/ContribOperators.md): heads share keys, and may be turned by their places. */
import { attend, attentionFlops, joined, mergeHeads, refusePast, splitHeads } from "../attention-parts.ts";
import { expressions } from "../expressions.ts";
import type { Dim } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { elements } from "../shapes.ts";

/** Where each input is. */
const INPUT = {
  query: 0,
  key: 1,
  value: 2,
  pastKey: 3,
  pastValue: 4,
  lengths: 5,
  total: 6,
  cos: 7,
  sin: 8,
  places: 9,
  scores: 10,
  sink: 11,
};

function sizesOf(node: NodeView) {
  const [heads, groups] = [node.int("num_heads"), node.int("kv_num_heads")];
  const [batch, steps, width] = node.shape(INPUT.query) as [Dim, Dim, Dim];
  const size = elements([width]) / (node.has(INPUT.key) ? heads : heads + 2 * groups);
  return { heads, groups, batch, steps, size };
}

/** Always causal. Of shorter sequences in a batch, what lies behind their ends may be any number. */
function lower(view: GradientView): readonly string[] {
  refusePast(view, INPUT.pastKey, INPUT.pastValue);
  if (view.int("local_window_size", -1) > 0) view.unsupported("its local window is not taken apart");
  if (view.int("smooth_softmax", 0) === 1 || view.has(INPUT.sink)) {
    view.unsupported("its softmax with a sink is not taken apart");
  }
  const { slice } = expressions(view.build);
  const { heads, groups, size } = sizesOf(view);
  const packed = (from: number, count: number): string =>
    slice(view.input(INPUT.query), 2, from * size, (from + count) * size);
  const [query, key, value] = view.has(INPUT.key)
    ? [view.input(INPUT.query), view.input(INPUT.key), view.input(INPUT.value)]
    : [packed(0, heads), packed(heads, groups), packed(heads + groups, groups)];
  const turned = (split: string): string => {
    if (view.int("do_rotary", 0) === 0) return split;
    return view.op(
      "com.microsoft:RotaryEmbedding",
      [split, firstPlace(view), view.input(INPUT.cos), view.input(INPUT.sin)],
      { interleaved: view.int("rotary_interleaved", 0), ...partOfHead(view, size) },
    );
  };
  const k = turned(splitHeads(view, key, groups));
  const v = splitHeads(view, value, groups);
  const scale = view.float("scale", 0);
  const mixed = attend(view, {
    q: turned(splitHeads(view, query, heads)),
    k,
    v,
    scale: scale === 0 ? 1 / Math.sqrt(size) : scale,
    biases: view.has(INPUT.scores) ? [view.input(INPUT.scores)] : [],
    causal: true,
    softcap: view.float("softcap", 0),
  });
  return [mergeHeads(view, mixed), k, v];
}

/** Without a past the kernel looks at the first place of the first row only, and counts on from there for all rows (docs/ContribOperators.md). */
function firstPlace(view: GradientView): string {
  const { slice, reshape } = expressions(view.build);
  return view.has(INPUT.places)
    ? slice(reshape(view.input(INPUT.places), [-1]), 0, 0, 1)
    : view.build.ints([0]);
}

/** Of RotaryEmbedding, where the caches have angles for a part of each head only. */
function partOfHead(view: GradientView, size: number) {
  const turned = 2 * elements([view.shape(INPUT.cos)[1]!]);
  return turned === size ? {} : { rotary_embedding_dim: turned, num_heads: view.int("num_heads") };
}

/** ONNX Runtime takes heads of a multiple of 8 numbers only, of 16 where it turns them. */
const cache: SampleInput = {
  shape: [6, 8],
  values: Array.from({ length: 48 }, (_, at) => Math.sin(1 + at)),
  constant: true,
};
const lengths: SampleInput = { shape: [2], dtype: "int32", values: [2, 2] };
const total: SampleInput = { shape: [], dtype: "int32", values: [3], constant: true };

export const GROUP_QUERY_ATTENTION: readonly OpRow[] = [
  {
    domain: "com.microsoft",
    op: "GroupQueryAttention",
    attributes: {
      num_heads: "int",
      kv_num_heads: "int",
      scale: "float",
      softcap: "float",
      do_rotary: "int",
      rotary_interleaved: "int",
      local_window_size: "int",
      smooth_softmax: "int",
      qk_output: "int",
      kv_cache_bit_width: "int",
      k_quant_type: "string",
      v_quant_type: "string",
    },
    infer(node) {
      const { dtype } = node.type(0);
      const { heads, groups, batch, steps, size } = sizesOf(node);
      const past = node.has(INPUT.pastKey) ? node.shape(INPUT.pastKey)[2] : undefined;
      const present = { dtype, shape: [batch, groups, joined(past, steps), size] };
      return [{ dtype, shape: [batch, steps, heads * size] }, present, present];
    },
    lower,
    flops(node) {
      const { heads, batch, steps, size } = sizesOf(node);
      return attentionFlops([batch, heads, steps, size], steps, size);
    },
    samples: [
      {
        name: "four heads on two",
        inputs: [
          { shape: [2, 3, 32] },
          { shape: [2, 3, 16] },
          { shape: [2, 3, 16] },
          undefined,
          undefined,
          lengths,
          total,
        ],
        attributes: { num_heads: 4, kv_num_heads: 2 },
        outputs: 3,
      },
      {
        name: "packed, turned, capped",
        inputs: [
          { shape: [2, 3, 128] },
          undefined,
          undefined,
          undefined,
          undefined,
          lengths,
          total,
          cache,
          cache,
        ],
        attributes: { num_heads: 4, kv_num_heads: 2, do_rotary: 1, softcap: 2, scale: 0.4 },
        outputs: 3,
      },
    ],
  },
];
