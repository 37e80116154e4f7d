/** ONNX Runtime's fusions of a sum, or of embeddings, with the normalisation behind it; all are taken apart again. */
import { expressions } from "../expressions.ts";
import { perInput } from "../flops.ts";
import type { TensorType } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow, SampleInput } from "../op-row.ts";
import { elements } from "../shapes.ts";

const statistics = (node: NodeView): TensorType => ({
  dtype: "float32",
  shape: [...node.shape(0).slice(0, -1), 1],
});

/** The sum's inputs are 0, 1 and `bias`; what is behind the sum stays as it is. */
function skipped(view: GradientView, bias: number): string {
  const { add } = expressions(view.build);
  const sum = add(view.input(0), view.input(1));
  return view.has(bias) ? add(sum, view.input(bias)) : sum;
}

/** ONNX Runtime's default is not that of LayerNormalization (docs/ContribOperators.md). */
const epsilonOf = (node: NodeView): number => node.float("epsilon", 1e-12);

const scale = (size: number): SampleInput => ({ shape: [size], range: [0.5, 2] });

/** Where each input of EmbedLayerNormalization is. */
const EMBED = {
  ids: 0,
  segments: 1,
  words: 2,
  positions: 3,
  kinds: 4,
  gamma: 5,
  beta: 6,
  mask: 7,
  places: 8,
};

function lowerEmbed(view: GradientView): readonly string[] {
  const { add, reshape, slice } = expressions(view.build);
  const row = (table: number, at: string): string => view.op("Gather", [view.input(table), at], { axis: 0 });
  const steps = view.shape(EMBED.ids)[1]!;
  const places = (): string =>
    typeof steps === "number"
      ? slice(view.input(EMBED.positions), 0, 0, steps)
      : view.unsupported("its number of steps is not known before the run");
  let sum = add(
    row(EMBED.words, view.input(EMBED.ids)),
    view.has(EMBED.places) ? row(EMBED.positions, view.input(EMBED.places)) : places(),
  );
  if (view.has(EMBED.segments)) sum = add(sum, row(EMBED.kinds, view.input(EMBED.segments)));
  const normed = view.op("LayerNormalization", [sum, view.input(EMBED.gamma), view.input(EMBED.beta)], {
    axis: -1,
    epsilon: epsilonOf(view),
  });
  if (!view.node.outputs[1]) return [normed, "", sum];
  // The number of places that the mask leaves, or zeros.
  const lengths = view.has(EMBED.mask)
    ? view.op("ReduceSum", [view.input(EMBED.mask), view.build.ints([1])], { keepdims: 0 })
    : view.op("Mul", [
        reshape(slice(view.input(EMBED.ids), 1, 0, 1), [-1]),
        view.build.scalar(0, view.type(EMBED.ids).dtype),
      ]);
  return [normed, lengths, sum];
}

export const SKIP_NORMALIZATION: readonly OpRow[] = [
  {
    domain: "com.microsoft",
    op: "SkipLayerNormalization",
    attributes: { epsilon: "float" },
    infer: (node) => [node.type(0), statistics(node), statistics(node), node.type(0)],
    flops: perInput(10),
    lower(view) {
      const sum = skipped(view, 4);
      const normed = view.build.ops(
        "LayerNormalization",
        [sum, view.input(2), ...(view.has(3) ? [view.input(3)] : [])],
        { axis: -1, epsilon: epsilonOf(view) },
        3,
      );
      return [...normed, sum];
    },
    samples: [
      { name: "gamma only", inputs: [{ shape: [2, 3, 8] }, { shape: [2, 3, 8] }, scale(8)] },
      {
        name: "all inputs",
        inputs: [{ shape: [2, 3, 8] }, { shape: [2, 3, 8] }, scale(8), { shape: [8] }, { shape: [8] }],
        attributes: { epsilon: 0.01 },
      },
    ],
  },
  {
    domain: "com.microsoft",
    op: "SkipSimplifiedLayerNormalization",
    attributes: { epsilon: "float" },
    infer: (node) => [node.type(0), statistics(node), statistics(node), node.type(0)],
    flops: perInput(7),
    lower(view) {
      const sum = skipped(view, 3);
      const normed = view.op("RMSNormalization", [sum, view.input(2)], {
        axis: -1,
        epsilon: epsilonOf(view),
      });
      return [normed, "", "", sum];
    },
    samples: [
      { name: "gamma only", inputs: [{ shape: [2, 3, 8] }, { shape: [2, 3, 8] }, scale(8)] },
      {
        name: "with a bias",
        inputs: [{ shape: [2, 3, 8] }, { shape: [2, 3, 8] }, scale(8), { shape: [8] }],
        attributes: { epsilon: 0.01 },
      },
    ],
  },
  {
    domain: "com.microsoft",
    op: "EmbedLayerNormalization",
    attributes: { epsilon: "float", mask_index_type: "int" },
    infer(node) {
      const { dtype, shape } = node.type(EMBED.words);
      const embedded: TensorType = { dtype, shape: [...node.shape(EMBED.ids), shape[1]!] };
      return [embedded, { dtype: "int32", shape: [node.shape(EMBED.ids)[0]!] }, embedded];
    },
    flops: (node) => 10 * elements([...node.shape(EMBED.ids), node.shape(EMBED.words)[1]!]),
    lower: lowerEmbed,
    samples: [
      {
        name: "words, places and segments",
        inputs: [
          { shape: [2, 3], dtype: "int32", values: [0, 4, 2, 1, 1, 3] },
          { shape: [2, 3], dtype: "int32", values: [0, 0, 1, 1, 0, 1] },
          { shape: [5, 8] },
          { shape: [6, 8] },
          { shape: [2, 8] },
          scale(8),
          { shape: [8] },
          { shape: [2, 3], dtype: "int32", values: [1, 1, 0, 1, 1, 1] },
        ],
        outputs: 2,
      },
      {
        name: "without segments",
        inputs: [
          { shape: [2, 3], dtype: "int32", values: [0, 4, 2, 1, 1, 3] },
          undefined,
          { shape: [5, 8] },
          { shape: [6, 8] },
          undefined,
          scale(8),
          { shape: [8] },
        ],
        outputs: 2,
      },
    ],
  },
];
