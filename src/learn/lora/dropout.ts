/** What is dropped in front of the adapters, drawn outside of the graph from the seed and the place in the data alone. */
import { seededRandom } from "../../core/random.ts";

export interface PoolShape {
  /** Numbers of the pool. */
  readonly size: number;
  /** Probability that one is 0. */
  readonly rate: number;
}

/** Where a batch is in the run. */
export interface PoolPlace {
  readonly epoch: number;
  readonly batch: number;
}

/** 0, or 1 / (1 − rate), so that the mean is 1 (Srivastava et al. 2014, section 10): the same for the same seed and place. */
export function dropoutPool(
  { size, rate }: PoolShape,
  seed: number,
  { epoch, batch }: PoolPlace,
): Float32Array {
  const random = seededRandom(placeSeed(seed, epoch, batch));
  const pool = new Float32Array(size);
  const kept = 1 / (1 - rate);
  for (let at = 0; at < size; at++) if (random.next() >= rate) pool[at] = kept;
  return pool;
}

/** Of neighbouring places unlike: Fibonacci hashing of each number (Knuth, The Art of Computer Programming 3, section 6.4). */
function placeSeed(...numbers: readonly number[]): number {
  let mixed = 0;
  for (const number of numbers) {
    mixed = Math.imul(mixed ^ number, 0x9e37_79b1);
    mixed ^= mixed >>> 15;
  }
  return mixed >>> 0;
}
