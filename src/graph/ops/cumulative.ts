/** CumSum: the sum of all elements before, along one axis. */
import { perInput } from "../flops.ts";
import type { OpRow, SampleInput } from "../op-row.ts";

const axis = (value: number): SampleInput => ({ shape: [], dtype: "int64", values: [value], constant: true });

export const CUMULATIVE: readonly OpRow[] = [
  {
    op: "CumSum",
    attributes: { exclusive: "int", reverse: "int" },
    infer: (node) => [node.type(0)],
    gradient: (view) => [
      view.op("CumSum", [view.dy, view.input(1)], {
        exclusive: view.int("exclusive", 0),
        reverse: 1 - view.int("reverse", 0),
      }),
    ],
    flops: perInput(1),
    samples: [
      { name: "along the last axis", inputs: [{ shape: [2, 4] }, axis(-1)] },
      {
        name: "without the element itself",
        inputs: [{ shape: [3, 2] }, axis(0)],
        attributes: { exclusive: 1 },
      },
      {
        name: "from the back",
        inputs: [{ shape: [2, 4] }, axis(1)],
        attributes: { reverse: 1, exclusive: 1 },
      },
    ],
  },
];
