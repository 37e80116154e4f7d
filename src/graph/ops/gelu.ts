/** Gelu in its forms, and x · σ(αx), which QuickGelu and Swish are; ONNX Runtime's own ones with their plain equivalents. */
import { perInput, TRANSCENDENTAL } from "../flops.ts";
import { constant, scaled, unbroadcast } from "../gradient-parts.ts";
import type { GradientView } from "../node-view.ts";
import type { Gradients, OpRow, Sample } from "../op-row.ts";

const MICROSOFT = "com.microsoft";
// Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016, section 2.
const CUBIC = 0.044715;
const ROOT_2_OVER_PI = Math.sqrt(2 / Math.PI);
/** ONNX Runtime, docs/ContribOperators.md, com.microsoft.QuickGelu. */
const QUICK_ALPHA = 1.702;

const mul = (view: GradientView, a: string, b: string): string => view.op("Mul", [a, b]);
const onePlus = (view: GradientView, value: string): string => view.op("Add", [constant(view, 1), value]);

/** With Φ the normal distribution and φ its density: Φ(x) + x φ(x). */
function slope(view: GradientView, x: string): string {
  const distribution = scaled(view, onePlus(view, view.op("Erf", [scaled(view, x, Math.SQRT1_2)])), 0.5);
  const bell = view.op("Exp", [scaled(view, mul(view, x, x), -0.5)]);
  return view.op("Add", [distribution, mul(view, x, scaled(view, bell, ROOT_2_OVER_PI / 2))]);
}

/** With t = tanh(√(2/π) (x + c x³)): ½ (1 + t) + ½ x (1 − t²) √(2/π) (1 + 3 c x²). */
function tanhSlope(view: GradientView, x: string): string {
  const square = mul(view, x, x);
  const inner = mul(view, x, onePlus(view, scaled(view, square, CUBIC)));
  const t = view.op("Tanh", [scaled(view, inner, ROOT_2_OVER_PI)]);
  const rise = scaled(view, onePlus(view, scaled(view, square, 3 * CUBIC)), ROOT_2_OVER_PI);
  const bend = view.op("Sub", [constant(view, 1), mul(view, t, t)]);
  return scaled(view, view.op("Add", [onePlus(view, t), mul(view, x, mul(view, bend, rise))]), 0.5);
}

/** With s = σ(αx): s + αx s (1 − s). */
function sigmoidSlope(view: GradientView, x: string, alpha: number): string {
  const s = view.op("Sigmoid", [alpha === 1 ? x : scaled(view, x, alpha)]);
  const bend = mul(view, s, view.op("Sub", [constant(view, 1), s]));
  return view.op("Add", [s, mul(view, scaled(view, x, alpha), bend)]);
}

const SAMPLES: readonly Sample[] = [
  { name: "around zero", inputs: [{ shape: [2, 3] }] },
  { name: "far out", inputs: [{ shape: [4], range: [-6, 6] }] },
];
const BIASED: readonly Sample[] = [
  { name: "without a bias", inputs: [{ shape: [2, 3] }] },
  { name: "with a bias", inputs: [{ shape: [2, 3] }, { shape: [3] }] },
];

/** x, with the bias when there is one. */
const sum = (view: GradientView): string =>
  view.has(1) ? view.op("Add", [view.input(0), view.input(1)]) : view.input(0);

const biased =
  (of: (view: GradientView, x: string) => string) =>
  (view: GradientView): Gradients => {
    const flow = mul(view, view.dy, of(view, sum(view)));
    return [flow, view.needs(1) ? unbroadcast(view, flow, view.shape(1)) : undefined];
  };

const quick = (view: GradientView): number => view.float("alpha", QUICK_ALPHA);
const swished = (view: GradientView, alpha: number): string =>
  mul(view, view.input(0), view.op("Sigmoid", [scaled(view, view.input(0), alpha)]));

export const GELU: readonly OpRow[] = [
  {
    op: "Gelu",
    attributes: { approximate: "string" },
    infer: (node) => [node.type(0)],
    gradient: (view) => [
      mul(
        view,
        view.dy,
        (view.string("approximate", "none") === "tanh" ? tanhSlope : slope)(view, view.input(0)),
      ),
    ],
    flops: perInput(TRANSCENDENTAL + 4),
    samples: [
      ...SAMPLES,
      ...SAMPLES.map((one) => ({ ...one, name: `${one.name}, tanh`, attributes: { approximate: "tanh" } })),
    ],
  },
  {
    op: "Gelu",
    domain: MICROSOFT,
    infer: (node) => [node.type(0)],
    gradient: (view) => [mul(view, view.dy, slope(view, view.input(0)))],
    flops: perInput(TRANSCENDENTAL + 4),
    lower: (view) => [view.op("Gelu", [view.input(0)])],
    samples: SAMPLES,
  },
  {
    op: "BiasGelu",
    domain: MICROSOFT,
    infer: (node) => [node.type(0)],
    gradient: biased(slope),
    flops: perInput(TRANSCENDENTAL + 5),
    lower: (view) => [view.op("Gelu", [sum(view)])],
    samples: BIASED.slice(1),
  },
  {
    op: "FastGelu",
    domain: MICROSOFT,
    infer: (node) => [node.type(0)],
    gradient: biased(tanhSlope),
    flops: perInput(TRANSCENDENTAL + 9),
    lower: (view) => [view.op("Gelu", [sum(view)], { approximate: "tanh" })],
    samples: BIASED,
  },
  {
    op: "QuickGelu",
    domain: MICROSOFT,
    attributes: { alpha: "float" },
    infer: (node) => [node.type(0)],
    gradient: (view) => [mul(view, view.dy, sigmoidSlope(view, view.input(0), quick(view)))],
    flops: perInput(TRANSCENDENTAL + 2),
    lower: (view) => [swished(view, quick(view))],
    samples: [...SAMPLES, { name: "as SiLU", inputs: [{ shape: [2, 3] }], attributes: { alpha: 1 } }],
  },
];
