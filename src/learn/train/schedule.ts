/** How the learning rate moves over a run, as transformers defines it (optimization.py, get_*_schedule_with_warmup). */
import { FrugalError } from "../../core/error.ts";

export const SCHEDULES = ["linear", "cosine", "constant"] as const;

export interface Schedule {
  readonly kind: (typeof SCHEDULES)[number];
  /** Part of all steps in which the rate rises from 0, 0 … 1. */
  readonly warmup: number;
}

/**
 * What the highest learning rate is multiplied by in a step.
 * @param step from 0. @param steps of the whole run.
 */
export function rateFactor({ kind, warmup }: Schedule, step: number, steps: number): number {
  if (!(warmup >= 0 && warmup <= 1)) {
    throw new FrugalError({
      code: "bad-option",
      what: `a warm-up of ${warmup} is none`,
      why: "it is the part of all steps in which the learning rate rises",
      remedy: "give a number from 0 to 1, such as 0.1",
    });
  }
  const rising = Math.ceil(warmup * steps);
  if (step < rising) return step / rising;
  const progress = (step - rising) / Math.max(1, steps - rising);
  if (kind === "constant") return 1;
  return kind === "linear" ? Math.max(0, 1 - progress) : 0.5 * (1 + Math.cos(Math.PI * progress));
}
