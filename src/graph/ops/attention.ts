/** The Attention of ONNX 23, whose heads may share keys. */
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
import type { OpRow } from "../op-row.ts";
import { elements } from "../shapes.ts";

/** Where each input is. */
const INPUT = { query: 0, key: 1, value: 2, mask: 3, pastKey: 4, pastValue: 5 };

function sizesOf(node: NodeView) {
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

function lower(view: GradientView): readonly string[] {
  refusePast(view, INPUT.pastKey, INPUT.pastValue);
  const { heads, groups, size } = sizesOf(view);
  const split = (input: number, count: number): string =>
    view.rank(input) === 4 ? view.input(input) : splitHeads(view, view.input(input), count);
  const [q, k, v] = [split(0, heads), split(1, groups), split(2, groups)] as const;
  const scale = view.hasAttribute("scale") ? view.float("scale") : 1 / Math.sqrt(elements([size]));
  const attended: Attended = {
    q,
    k,
    v,
    scale,
    biases: view.has(INPUT.mask) ? [maskBias(view)] : [],
    causal: view.int("is_causal", 0) === 1,
    softcap: view.float("softcap", 0),
  };
  const mixed = attend(view, attended);
  return [view.rank(0) === 4 ? mixed : mergeHeads(view, mixed), k, v];
}

/** A mask of booleans says what may be seen; one of numbers is added. */
function maskBias(view: GradientView): string {
  const { times, plus } = expressions(view.build);
  if (view.type(INPUT.mask).dtype !== "bool") return view.input(INPUT.mask);
  const seen = view.op("Cast", [view.input(INPUT.mask)], { to: ONNX_FLOAT });
  return times(plus(seen, -1), HIDDEN);
}
/** Makes the share of what may not be seen vanish, and stays finite. */
const HIDDEN = 1e30;

export const ATTENTION: readonly OpRow[] = [
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
      const { batch, heads, groups, steps, places, size, valueSize } = sizesOf(node);
      const past = node.has(INPUT.pastKey) ? node.shape(INPUT.pastKey)[2] : undefined;
      const shape =
        node.rank(0) === 4 ? [batch, heads, steps, valueSize] : [batch, steps, heads * elements([valueSize])];
      return [
        { dtype, shape },
        { dtype, shape: [batch, groups, joined(past, places), size] },
        { dtype, shape: [batch, groups, joined(past, places), valueSize] },
        { dtype, shape: [batch, heads, steps, joined(past, places)] },
      ];
    },
    lower,
    flops(node) {
      const { batch, heads, steps, places, size, valueSize } = sizesOf(node);
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
