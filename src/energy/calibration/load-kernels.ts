/** Work without a result, of kinds that draw different power at the same CPU time. */

export const LOADS = ["integer", "float", "memory"] as const;
export type Load = (typeof LOADS)[number];

/** Does some milliseconds of work at the most. @returns something of it, so that no compiler leaves it out. */
export type Kernel = () => number;

/** 16 KiB: stays in the first-level cache of every CPU. */
const NEAR = 2_048;
/** 64 MiB: more than the caches of most CPUs hold for one thread. */
const FAR = 8_388_608;
const CHUNK = 100_000;

/** Made where it is used: memory is taken only for the kind that wants it. */
export const KERNELS: Readonly<Record<Load, () => Kernel>> = {
  integer() {
    let state = 1;
    return () => {
      // xorshift32 (Marsaglia 2003, "Xorshift RNGs").
      for (let count = 0; count < CHUNK; count++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
      }
      return state;
    };
  },
  float() {
    const values = new Float64Array(NEAR).fill(1.000_000_1);
    return () => {
      let [a, b, c, d] = [1, 1, 1, 1];
      for (let round = 0; round < CHUNK / NEAR; round++) {
        for (let at = 0; at < NEAR; at += 4) {
          a = a * values[at]! + 1e-9;
          b = b * values[at + 1]! + 1e-9;
          c = c * values[at + 2]! + 1e-9;
          d = d * values[at + 3]! + 1e-9;
        }
      }
      return a + b + c + d;
    };
  },
  memory() {
    const values = new Float64Array(FAR);
    let from = 0;
    return () => {
      let sum = 0;
      // One number per line of 64 bytes: nearly every read goes to memory.
      for (let count = 0; count < CHUNK; count++) {
        sum += values[from]!;
        values[from] = count;
        from = (from + 8) % FAR;
      }
      return sum + from;
    };
  },
};
