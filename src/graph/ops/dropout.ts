/** Dropout: the identity, unless a run trains. */
import { dataTypeNumber } from "../../formats/onnx/tensor-types.ts";
import { noFlops } from "../flops.ts";
import { scaled } from "../gradient-parts.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { OpRow } from "../op-row.ts";

/** An input since opset 12; before, models are for inference. Not known before the run counts as yes. */
const mayDrop = (node: NodeView): boolean => node.has(2) && node.values(2)?.values[0] !== 0;

/** An input since opset 12. */
const ratioOf = (node: NodeView): number => (node.has(1) ? node.constant(1)[0]! : 0.5);

/** What was kept, grown by as much as it was then. */
function gradient(view: GradientView): string {
  if (!mayDrop(view)) return view.dy;
  if ((view.node.outputs[1] ?? "") === "") view.unsupported("it has no output for its mask");
  if (view.values(2) === undefined) view.unsupported("whether it trains is not known before the run");
  const kept = view.op("Cast", [view.output(1)], { to: dataTypeNumber(view.type(0).dtype) });
  return scaled(view, view.op("Mul", [view.dy, kept]), 1 / (1 - ratioOf(view)));
}

export const DROPOUT: readonly OpRow[] = [
  {
    op: "Dropout",
    attributes: { ratio: "float", seed: "int" },
    infer: (node) => [
      node.type(0),
      // Up to opset 9 the mask is of the type of the data.
      { dtype: node.opset < 10 ? node.type(0).dtype : "bool", shape: node.shape(0) },
    ],
    gradient: (view) => [gradient(view)],
    flops: noFlops,
    samples: [
      { name: "an inference", inputs: [{ shape: [2, 3] }] },
      {
        name: "a run that does not train",
        inputs: [
          { shape: [2, 3] },
          { shape: [], values: [0.3], constant: true },
          { shape: [], dtype: "bool", values: [0], constant: true },
        ],
        outputs: 2,
      },
    ],
  },
];
