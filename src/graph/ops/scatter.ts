/** ScatterElements and ScatterND: values put, added … at places. */
import { zeros } from "../gradient-parts.ts";
import type { GradientView } from "../node-view.ts";
import type { AttributeKind, Gradients, OpRow, SampleInput } from "../op-row.ts";
import { elements } from "../shapes.ts";

/** What a rule needs of either operator: to put values at the places, and to look up what stands there. */
interface Places {
  put(data: string, updates: string): string;
  at(value: string): string;
}

/** Of what is put, the data gets nothing; of what is added, both get the same. */
function gradient(view: GradientView, places: Places): Gradients {
  const reduction = view.string("reduction", "none");
  const updates = (): string | undefined => (view.needs(2) ? places.at(view.dy) : undefined);
  if (reduction === "add") return [view.dy, undefined, updates()];
  if (reduction !== "none") view.unsupported(`${reduction} of several values is not trained through`);
  const data = (): string => places.put(view.dy, zeros(view, view.type(2)));
  return [view.needs(0) ? data() : undefined, undefined, updates()];
}

const row = (
  op: string,
  attributes: Readonly<Record<string, AttributeKind>>,
  parts: Pick<OpRow, "gradient" | "samples">,
): OpRow => ({
  op,
  attributes: { ...attributes, reduction: "string" },
  infer: (node) => [node.type(0)],
  flops: (node) => (node.string("reduction", "none") === "none" ? 0 : elements(node.shape(2))),
  ...parts,
});

const indices = (shape: readonly number[], values: readonly number[]): SampleInput => ({
  shape,
  dtype: "int64",
  values,
});

export const SCATTER: readonly OpRow[] = [
  row(
    "ScatterElements",
    { axis: "int" },
    {
      gradient(view) {
        const axis = view.axis("axis", 0);
        return gradient(view, {
          put: (data, updates) => view.op("ScatterElements", [data, view.input(1), updates], { axis }),
          at: (value) => view.op("GatherElements", [value, view.input(1)], { axis }),
        });
      },
      samples: [
        { name: "put", inputs: [{ shape: [3, 3] }, indices([2, 3], [1, 0, 2, 0, 2, 1]), { shape: [2, 3] }] },
        {
          name: "put along the last axis",
          inputs: [{ shape: [2, 5] }, indices([2, 2], [1, -1, 0, 3]), { shape: [2, 2] }],
          attributes: { axis: -1 },
        },
        {
          name: "added, some at one place",
          inputs: [{ shape: [2, 4] }, indices([2, 3], [1, 1, 3, 0, -1, 3]), { shape: [2, 3] }],
          attributes: { axis: 1, reduction: "add" },
        },
      ],
    },
  ),
  row(
    "ScatterND",
    {},
    {
      gradient: (view) =>
        gradient(view, {
          put: (data, updates) => view.op("ScatterND", [data, view.input(1), updates]),
          at: (value) => view.op("GatherND", [value, view.input(1)]),
        }),
      samples: [
        { name: "rows put", inputs: [{ shape: [4, 2] }, indices([2, 1], [3, -4]), { shape: [2, 2] }] },
        { name: "elements put", inputs: [{ shape: [2, 3] }, indices([2, 2], [0, 1, 1, 2]), { shape: [2] }] },
        {
          name: "rows added, two to one",
          inputs: [{ shape: [3, 2] }, indices([3, 1], [1, 1, 0]), { shape: [3, 2] }],
          attributes: { reduction: "add" },
        },
      ],
    },
  ),
];
