/** GroupQueryAttention of ONNX Runtime, and the Attention of ONNX 23, whose heads may share keys too. */
import {
  type Attended,
  attend,
  attentionFlops,
  joined,
  mergeHeads,
  ONNX_FLOAT,
  refusePast,
  splitHeads,
} from "../attention-parts.ts";
import { expressions } from "../expressions.ts";
import type { Dim } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { elements } from "../shapes.ts";

/** Where each input of GroupQueryAttention is. */
const GROUP = {
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

function groupSizes(node: NodeView) {
  const [heads, groups] = [node.int("num_heads"), node.int("kv_num_heads")];
  const [batch, steps, width] = node.shape(GROUP.query) as [Dim, Dim, Dim];
  const size = elements([width]) / (node.has(GROUP.key) ? heads : heads + 2 * groups);
  return { heads, groups, batch, steps, size };
}

/** Always causal. Of shorter sequences in a batch, what lies behind their ends may be any number. */
function lowerGroup(view: GradientView): readonly string[] {
  refusePast(view, GROUP.pastKey, GROUP.pastValue);
  if (view.int("local_window_size", -1) > 0) view.unsupported("its local window is not taken apart");
  if (view.int("smooth_softmax", 0) === 1 || view.has(GROUP.sink)) {
    view.unsupported("its softmax with a sink is not taken apart");
  }
  const { slice } = expressions(view.build);
  const { heads, groups, size } = groupSizes(view);
  const packed = (from: number, count: number): string =>
    slice(view.input(GROUP.query), 2, from * size, (from + count) * size);
  const [query, key, value] = view.has(GROUP.key)
    ? [view.input(GROUP.query), view.input(GROUP.key), view.input(GROUP.value)]
    : [packed(0, heads), packed(heads, groups), packed(heads + groups, groups)];
  const turned = (split: string): string => {
    if (view.int("do_rotary", 0) === 0) return split;
    const places = view.has(GROUP.places) ? view.input(GROUP.places) : view.build.ints([0]);
    return view.op(
      "com.microsoft:RotaryEmbedding",
      [split, places, view.input(GROUP.cos), view.input(GROUP.sin)],
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
    biases: view.has(GROUP.scores) ? [view.input(GROUP.scores)] : [],
    causal: true,
    softcap: view.float("softcap", 0),
  });
  return [mergeHeads(view, mixed), k, v];
}

/** Of RotaryEmbedding, where the caches have angles for a part of each head only. */
function partOfHead(view: GradientView, size: number) {
  const turned = 2 * elements([view.shape(GROUP.cos)[1]!]);
  return turned === size ? {} : { rotary_embedding_dim: turned, num_heads: view.int("num_heads") };
}

/** Where each input of ONNX's Attention is. */
const PLAIN = { query: 0, key: 1, value: 2, mask: 3, pastKey: 4, pastValue: 5 };

function plainSizes(node: NodeView) {
  const [query, key, value] = [node.shape(0), node.shape(1), node.shape(2)] as [Dim[], Dim[], Dim[]];
  if (query.length === 4) {
    const [batch, heads, steps, size] = query as [Dim, number, Dim, Dim];
    return { batch, heads, groups: key[1] as number, steps, places: key[2]!, size, valueSize: value[3]! };
  }
  const [heads, groups] = [node.int("q_num_heads"), node.int("kv_num_heads")];
  return {
    batch: query[0]!,
    heads,
    groups,
    steps: query[1]!,
    places: key[1]!,
    size: elements([query[2]!]) / heads,
    valueSize: elements([value[2]!]) / groups,
  };
}

function lowerPlain(view: GradientView): readonly string[] {
  refusePast(view, PLAIN.pastKey, PLAIN.pastValue);
  const { heads, groups, size } = plainSizes(view);
  const split = (input: number, count: number): string =>
    view.rank(input) === 4 ? view.input(input) : splitHeads(view, view.input(input), count);
  const [q, k, v] = [split(0, heads), split(1, groups), split(2, groups)] as const;
  const scale = view.hasAttribute("scale") ? view.float("scale") : 1 / Math.sqrt(elements([size]));
  const attended: Attended = {
    q,
    k,
    v,
    scale,
    biases: view.has(PLAIN.mask) ? [maskBias(view)] : [],
    causal: view.int("is_causal", 0) === 1,
    softcap: view.float("softcap", 0),
  };
  const mixed = attend(view, attended);
  return [view.rank(0) === 4 ? mixed : mergeHeads(view, mixed), k, v];
}

/** A mask of booleans says what may be seen; one of numbers is added. */
function maskBias(view: GradientView): string {
  const { times, plus } = expressions(view.build);
  if (view.type(PLAIN.mask).dtype !== "bool") return view.input(PLAIN.mask);
  const seen = view.op("Cast", [view.input(PLAIN.mask)], { to: ONNX_FLOAT });
  return times(plus(seen, -1), HIDDEN);
}
/** Makes the share of what may not be seen vanish, and stays finite. */
const HIDDEN = 1e30;

/** ONNX Runtime takes heads of a multiple of 8 numbers only, of 16 where it turns them. */
const cache: SampleInput = {
  shape: [6, 8],
  values: Array.from({ length: 48 }, (_, at) => Math.sin(1 + at)),
  constant: true,
};
const lengths: SampleInput = { shape: [2], dtype: "int32", values: [2, 2] };
const total: SampleInput = { shape: [], dtype: "int32", values: [3], constant: true };

export const GROUPED_ATTENTION: readonly OpRow[] = [
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
      const { heads, groups, batch, steps, size } = groupSizes(node);
      const past = node.has(GROUP.pastKey) ? node.shape(GROUP.pastKey)[2] : undefined;
      const present = { dtype, shape: [batch, groups, joined(past, steps), size] };
      return [{ dtype, shape: [batch, steps, heads * size] }, present, present];
    },
    lower: lowerGroup,
    flops(node) {
      const { heads, batch, steps, size } = groupSizes(node);
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
  {
    op: "Attention",
    attributes: {
      is_causal: "int",
      kv_num_heads: "int",
      q_num_heads: "int",
      qk_matmul_output_mode: "int",
      scale: "float",
      softcap: "float",
      softmax_precision: "int",
    },
    infer(node) {
      const { dtype } = node.type(0);
      const { batch, heads, groups, steps, places, size, valueSize } = plainSizes(node);
      const past = node.has(PLAIN.pastKey) ? node.shape(PLAIN.pastKey)[2] : undefined;
      const shape =
        node.rank(0) === 4 ? [batch, heads, steps, valueSize] : [batch, steps, heads * elements([valueSize])];
      return [
        { dtype, shape },
        { dtype, shape: [batch, groups, joined(past, places), size] },
        { dtype, shape: [batch, groups, joined(past, places), valueSize] },
        { dtype, shape: [batch, heads, steps, joined(past, places)] },
      ];
    },
    lower: lowerPlain,
    flops(node) {
      const { batch, heads, steps, places, size, valueSize } = plainSizes(node);
      return attentionFlops([batch, heads, steps, size], places, valueSize);
    },
    samples: [
      {
        name: "heads",
        inputs: [{ shape: [2, 4, 3, 5] }, { shape: [2, 2, 6, 5] }, { shape: [2, 2, 6, 7] }],
      },
      {
        name: "heads side by side, causal",
        inputs: [{ shape: [2, 3, 8] }, { shape: [2, 3, 8] }, { shape: [2, 3, 8] }],
        attributes: { q_num_heads: 2, kv_num_heads: 2, is_causal: 1 },
      },
      {
        name: "a mask of booleans",
        inputs: [
          { shape: [1, 2, 3, 4] },
          { shape: [1, 2, 2, 4] },
          { shape: [1, 2, 2, 4] },
          { shape: [3, 2], dtype: "bool", values: [1, 0, 1, 1, 0, 1] },
        ],
      },
      {
        name: "scores and a cap",
        inputs: [
          { shape: [1, 2, 3, 4] },
          { shape: [1, 2, 2, 4] },
          { shape: [1, 2, 2, 4] },
          { shape: [1, 2, 3, 2] },
        ],
        attributes: { softcap: 1.5, scale: 0.7 },
      },
    ],
  },
];
