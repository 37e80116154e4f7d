/** Clip: numbers kept between two limits. */
import type { combine } from "../evaluate.ts";
import { perInput } from "../flops.ts";
import { constant, unbroadcast } from "../gradient-parts.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, Sample } from "../op-row.ts";

/** The lower and the upper limit: inputs since opset 11, attributes before; undefined where there is none. */
const clipLimits = (view: GradientView): (string | undefined)[] =>
  (["min", "max"] as const).map((name, at) => {
    if (view.has(at + 1)) return view.input(at + 1);
    return view.hasAttribute(name) ? constant(view, view.float(name)) : undefined;
  });

/** A limit gets the gradients of the elements that it holds; those that just reach one are not held. */
function clipGradient(view: GradientView): Gradients {
  const [min, max] = clipLimits(view);
  const x = view.input(0);
  const zero = (): string => constant(view, 0);
  const held = [
    min === undefined ? undefined : view.op("Less", [x, min]),
    max === undefined ? undefined : view.op("Greater", [x, max]),
  ];
  return [
    held.reduce<string>((so, is) => (is === undefined ? so : view.op("Where", [is, zero(), so])), view.dy),
    ...held.map((is, at) =>
      is !== undefined && view.needs(at + 1)
        ? unbroadcast(view, view.op("Where", [is, view.dy, zero()]), [])
        : undefined,
    ),
  ];
}

const CLIP_SAMPLES: readonly Sample[] = [
  {
    name: "both limits",
    inputs: [
      { shape: [5], values: [-2, -0.9, 0.2, 0.9, 3] },
      { shape: [], values: [-1] },
      { shape: [], values: [1] },
    ],
  },
  {
    name: "the upper limit",
    inputs: [{ shape: [3], values: [-2, 0.9, 3] }, undefined, { shape: [], values: [1] }],
  },
  { name: "no limit", inputs: [{ shape: [3] }] },
];

function clipped(node: NodeView): ReturnType<typeof combine> {
  if (node.has(1) === false && node.has(2) === false) return node.values(0) && [node.values(0)!];
  const [min, max] = ([1, 2] as const).map((at) => (node.has(at) ? node.values(at) : undefined));
  const x = node.values(0);
  if (x === undefined || (node.has(1) && min === undefined) || (node.has(2) && max === undefined))
    return undefined;
  const [low, high] = [min?.values[0] ?? -Infinity, max?.values[0] ?? Infinity];
  return [{ ...x, values: x.values.map((value) => Math.min(Math.max(value, low), high)) }];
}

export const CLIP: readonly OpRow[] = [
  {
    op: "Clip",
    attributes: { min: "float", max: "float" },
    infer: (node) => [node.type(0)],
    evaluate: clipped,
    gradient: clipGradient,
    flops: perInput(2),
    samples: CLIP_SAMPLES,
  },
];
