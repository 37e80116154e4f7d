/** LSTM, GRU and RNN: their types and costs. They have no gradient here: what is in front of them cannot be trained. */
import type { Dim, TensorType } from "../graph.ts";
import type { NodeView } from "../node-view.ts";
import type { OpRow } from "../op-row.ts";
import { elements } from "../shapes.ts";

/** All hidden states, then the last one, of which LSTM has two kinds. */
function states(node: NodeView): readonly TensorType[] {
  const { dtype, shape } = node.type(0);
  const byBatch = node.int("layout", 0) === 1;
  const [steps, batch] = (byBatch ? [shape[1], shape[0]] : [shape[0], shape[1]]) as [Dim, Dim];
  const directions = node.shape(1)[0]!;
  const hidden = node.int("hidden_size", node.shape(2)[2] as number);
  const last: TensorType = {
    dtype,
    shape: byBatch ? [batch, directions, hidden] : [directions, batch, hidden],
  };
  const all = byBatch ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  return [{ dtype, shape: all }, last, last];
}

/** At each step the input and the state meet their weights, [directions, gates · hidden, …]. */
const flops = (node: NodeView): number =>
  2 * elements(node.shape(0).slice(0, 2)) * (elements(node.shape(1)) + elements(node.shape(2)));

const ATTRIBUTES = {
  activation_alpha: "floats",
  activation_beta: "floats",
  activations: "strings",
  clip: "float",
  direction: "string",
  hidden_size: "int",
  layout: "int",
} as const;

const recurrent = (op: string, gates: number, own: OpRow["attributes"] = {}): OpRow => ({
  op,
  attributes: { ...ATTRIBUTES, ...own },
  infer: (node) => states(node).slice(0, op === "LSTM" ? 3 : 2),
  flops,
  samples: [
    {
      name: "one way",
      inputs: [{ shape: [4, 2, 3] }, { shape: [1, gates * 5, 3] }, { shape: [1, gates * 5, 5] }],
      attributes: { hidden_size: 5 },
      outputs: 2,
    },
    {
      name: "both ways",
      inputs: [
        { shape: [4, 2, 3] },
        { shape: [2, gates * 5, 3] },
        { shape: [2, gates * 5, 5] },
        { shape: [2, 2 * gates * 5] },
      ],
      attributes: { hidden_size: 5, direction: "bidirectional" },
      outputs: 2,
    },
  ],
});

export const RECURRENT: readonly OpRow[] = [
  recurrent("LSTM", 4, { input_forget: "int" }),
  recurrent("GRU", 3, { linear_before_reset: "int" }),
  recurrent("RNN", 1),
];
