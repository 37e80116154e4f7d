/**
 * What explains the GPU energy of an output token. One token of one request needs every weight that its batch touches
 * to be read once (shared by the batch), its own arithmetic, and its share of the GPUs' time.
 */

export const GPU_KINDS = ["h100", "b200"] as const;
export type GpuKind = (typeof GPU_KINDS)[number];

export interface ModelShape {
  /** Parameters that one token uses, in billions; of a dense model all. */
  readonly activeBillions: number;
  readonly totalBillions: number;
  /** Bits per weight. */
  readonly bits: number;
}

export interface Serving extends ModelShape {
  readonly gpu: GpuKind;
  readonly gpus: number;
  /** Requests that are answered at the same time. */
  readonly concurrency: number;
  /** Length of the answer. */
  readonly outputTokens: number;
}

export type FeatureName =
  | "constant"
  | "logActive"
  | "logRead"
  | "logGpus"
  | "logConcurrency"
  | "logConcurrencySquared"
  | "logOutputTokens"
  | "isB200";

/** The columns of the regression: log J per output token is their weighted sum. */
export const FEATURES: Readonly<Record<FeatureName, (serving: Serving) => number>> = {
  constant: () => 1,
  logActive: ({ activeBillions }) => Math.log(activeBillions),
  logRead: (serving) => Math.log(gigabytesRead(serving)),
  logGpus: ({ gpus }) => Math.log(gpus),
  logConcurrency: ({ concurrency }) => Math.log(concurrency),
  logConcurrencySquared: ({ concurrency }) => Math.log(concurrency) ** 2,
  logOutputTokens: ({ outputTokens }) => Math.log(outputTokens),
  isB200: ({ gpu }) => (gpu === "b200" ? 1 : 0),
};

export type Coefficients = Readonly<Record<FeatureName, number>>;
export const FEATURE_NAMES: readonly FeatureName[] = Object.keys(FEATURES) as FeatureName[];

/** @returns joules of GPU energy per output token. */
export const predict = (coefficients: Coefficients, serving: Serving): number =>
  Math.exp(FEATURE_NAMES.reduce((sum, name) => sum + coefficients[name] * FEATURES[name](serving), 0));

/**
 * Weights that a decoding step reads, per request. A mixture of experts reads the experts that any request of the batch
 * was routed to: with routing that is even and independent, total × (1 − (1 − active ÷ total)^batch). Our assumption;
 * for a dense model it is exact.
 */
function gigabytesRead({ activeBillions, totalBillions, bits, concurrency }: Serving): number {
  const untouched = (1 - activeBillions / totalBillions) ** concurrency;
  return (totalBillions * (1 - untouched) * (bits / 8)) / concurrency;
}
