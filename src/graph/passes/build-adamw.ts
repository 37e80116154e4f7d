/**
 * One AdamW step on a vector of parameters as a graph of its own, the arithmetic as PyTorch's (torch.optim.AdamW: decoupled decay
 * before the step, ε behind the corrected root) and clipping by global norm as torch.nn.utils.clip_grad_norm_.
 */
import { Builder } from "../builder.ts";
import type { Graph } from "../graph.ts";

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest norm of the whole gradient; undefined: not clipped. */
  readonly maxNorm?: number;
}
export const ADAMW_DEFAULTS: AdamWSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

export const ADAMW_OUTPUTS = ["parameters_out", "mean_out", "square_out", "norm"] as const;

/**
 * Inputs: parameters, mean, square, gradient (float32 [size]); scalars: gradient_scale (1 / what counts in the batch), rate (the
 * learning rate), correction1 = 1 − β₁ᵗ and correction2 = 1 − β₂ᵗ with t from 1.
 * Outputs: the new parameters, mean and square, and the gradient's norm before clipping.
 */
export function buildAdamW(size: number, settings: AdamWSettings): Graph {
  const build = new Builder("adamw");
  const vector = (name: string): string => build.input(name, "float32", [size]);
  const number = (name: string): string => build.input(name, "float32", []);
  const constant = (value: number): string => build.scalar(value);
  const two = (op: string) => (a: string, b: string) => build.op(op, [a, b]);
  const [add, sub, mul, div] = [two("Add"), two("Sub"), two("Mul"), two("Div")];
  const [parameters, mean, square, raw] = ["parameters", "mean", "square", "gradient"].map(vector) as Four;
  const [scale, rate, correction1, correction2] = [
    "gradient_scale",
    "rate",
    "correction1",
    "correction2",
  ].map(number) as Four;
  const { beta1, beta2, epsilon, weightDecay, maxNorm } = settings;

  const unscaledNorm = build.op("Sqrt", [
    build.op("ReduceSum", [mul(raw, raw), build.ints([0])], { keepdims: 0 }),
  ]);
  const norm = build.addNamed("Mul", [unscaledNorm, scale], {}, "norm");
  // 1e-6 as in clip_grad_norm_, so that a norm of zero divides nothing by zero.
  const clip =
    maxNorm === undefined
      ? scale
      : mul(scale, build.op("Min", [constant(1), div(constant(maxNorm), add(norm, constant(1e-6)))]));
  const gradient = mul(raw, clip);
  const newMean = build.addNamed(
    "Add",
    [mean, mul(sub(gradient, mean), constant(1 - beta1))],
    {},
    "mean_out",
  );
  const newSquare = build.addNamed(
    "Add",
    [mul(square, constant(beta2)), mul(mul(gradient, gradient), constant(1 - beta2))],
    {},
    "square_out",
  );
  const decayed =
    weightDecay === 0 ? parameters : mul(parameters, sub(constant(1), mul(rate, constant(weightDecay))));
  const root = add(div(build.op("Sqrt", [newSquare]), build.op("Sqrt", [correction2])), constant(epsilon));
  const step = mul(div(rate, correction1), div(newMean, root));
  build.addNamed("Sub", [decayed, step], {}, "parameters_out");
  return build.build(ADAMW_OUTPUTS);
}

type Four = [string, string, string, string];
