/** The order of an epoch, from seed and epoch alone: a run that is resumed continues at its place in the same order. */
import { createHash } from "node:crypto";
import { type Random, seededRandom } from "../../core/random.ts";

export interface EpochSeed {
  readonly seed: number;
  /** From 0. */
  readonly epoch: number;
}

export const epochRandom = ({ seed, epoch }: EpochSeed): Random =>
  seededRandom(createHash("sha256").update(`${seed}\n${epoch}`).digest().readUInt32LE());
