import type { GpuKind } from "./serving.ts";

export interface GpuFacts {
  readonly name: string;
  readonly memoryGb: number;
  /** Thermal design power of one GPU. */
  readonly watts: number;
  /** Dense BF16, tensor cores. */
  readonly teraflops: number;
}

/** The GPUs of the measured set. For others nothing is measured, and nothing is made up. */
export const GPUS: Readonly<Record<GpuKind, GpuFacts>> = {
  // NVIDIA H100 Tensor Core GPU datasheet, SXM5: 80 GB, 700 W; 1,979 TFLOP/s with sparsity, half of that without.
  h100: { name: "NVIDIA H100", memoryGb: 80, watts: 700, teraflops: 989 },
  // NVIDIA DGX B200 datasheet: eight GPUs, 1,440 GB, 1,000 W each; 72 PFLOP/s FP8 with sparsity, a quarter of that in dense BF16.
  b200: { name: "NVIDIA B200", memoryGb: 180, watts: 1_000, teraflops: 2_250 },
};

/** Part of the memory that weights may fill; the rest is for the state of running requests. Fits the measured set. */
const WEIGHT_SHARE = 0.8;

/** The fewest GPUs, a power of two, that hold the weights: how the measured set was made for most of its models. */
export function fewestGpus(gpu: GpuKind, weightsGb: number): number {
  const needed = weightsGb / (GPUS[gpu].memoryGb * WEIGHT_SHARE);
  return 2 ** Math.max(0, Math.ceil(Math.log2(needed)));
}
