/** RotaryEmbedding: pairs of numbers are turned by angles; turning them back is the gradient. */
import { perInput } from "../flops.ts";
import type { TensorType } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, SampleInput } from "../op-row.ts";

const turned = (node: NodeView): readonly TensorType[] => [node.type(0)];
const flops = perInput(3);

/** A rotation's transpose is the rotation the other way: the same operator with −sin. The caches are constants of a model. */
const turnBack =
  (op: string, sines: number, attributes: readonly string[]) =>
  (view: GradientView): Gradients => {
    if (view.needs(sines) || view.needs(sines - 1)) view.unsupported("its angles are not trained");
    const inputs = view.node.inputs.map((_, at) => view.input(at)).with(0, view.dy);
    const given = attributes.filter((name) => view.hasAttribute(name));
    return [
      view.op(
        op,
        inputs.with(sines, view.op("Neg", [view.input(sines)])),
        Object.fromEntries(given.map((name) => [name, view.node.attributes[name]!.value as number])),
      ),
    ];
  };

const ONNX_ATTRIBUTES = { interleaved: "int", num_heads: "int", rotary_embedding_dim: "int" } as const;
const MICROSOFT_ATTRIBUTES = { ...ONNX_ATTRIBUTES, is_packed_batching: "int", scale: "float" } as const;

/** Numbers that no gradient is asked of, as in every model. */
const cache = (...shape: number[]): SampleInput => ({
  shape,
  values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => Math.sin(1 + at)),
  constant: true,
});
const places = (shape: readonly number[], ...values: number[]): SampleInput => ({
  shape,
  dtype: "int64",
  values,
});

export const ROTARY: readonly OpRow[] = [
  {
    op: "RotaryEmbedding",
    attributes: ONNX_ATTRIBUTES,
    infer: turned,
    gradient: turnBack("RotaryEmbedding", 2, Object.keys(ONNX_ATTRIBUTES)),
    flops,
    samples: [
      {
        name: "heads, by places",
        inputs: [{ shape: [2, 3, 4, 6] }, cache(5, 3), cache(5, 3), places([2, 4], 0, 1, 2, 3, 4, 0, 2, 1)],
      },
      {
        name: "interleaved",
        inputs: [{ shape: [2, 3, 4, 6] }, cache(2, 4, 3), cache(2, 4, 3)],
        attributes: { interleaved: 1 },
      },
      {
        name: "a part of each head, heads side by side",
        inputs: [{ shape: [1, 4, 24] }, cache(5, 2), cache(5, 2), places([1, 4], 3, 2, 1, 0)],
        attributes: { num_heads: 3, rotary_embedding_dim: 4 },
      },
    ],
  },
  {
    domain: "com.microsoft",
    op: "RotaryEmbedding",
    attributes: MICROSOFT_ATTRIBUTES,
    infer: turned,
    gradient: turnBack("com.microsoft:RotaryEmbedding", 3, Object.keys(MICROSOFT_ATTRIBUTES)),
    flops,
    samples: [
      {
        name: "by places",
        inputs: [{ shape: [2, 4, 16] }, places([2, 4], 0, 1, 2, 3, 4, 0, 2, 1), cache(5, 4), cache(5, 4)],
      },
      {
        name: "from a place on, interleaved",
        inputs: [{ shape: [2, 3, 4, 8] }, places([1], 1), cache(6, 4), cache(6, 4)],
        attributes: { interleaved: 1 },
      },
    ],
  },
];
