/** Which part of a component's use each workload has. */
import type { Moment, RowLayout } from "./moment.ts";
import type { Sensor } from "./sensor.ts";

/** Where a row tells the use of a sensor's component: by the component itself, else the CPU time of the machine. */
export interface UseColumns {
  readonly all: number;
  of(workload: number): number;
}

export const useColumns = (rows: RowLayout, sensor: Sensor, index: number): UseColumns =>
  sensor.use === undefined
    ? { all: rows.busy, of: rows.cpu }
    : { all: rows.use(index), of: (workload) => rows.useOf(index, workload) };

/** CPU time is counted in ticks of 10 ms, so shares are taken over at least this long. */
const WINDOW_S = 1;
/** Moments that are remembered for it: many short windows may be sampled within a second. */
const STEP_S = 0.05;

export interface UseShares {
  see(moment: Moment): void;
  /** [workloads] their shares of one use, as of the last moment that told them; NaN before there was one. */
  of(use: number): Float64Array;
}

/** Shares of `uses` over the last second or more of a series that begins with `first`. */
export function useShares(first: Moment, workloads: number, uses: readonly UseColumns[]): UseShares {
  const shares = uses.map(() => new Float64Array(workloads).fill(Number.NaN));
  let recent: Moment[] = [first];
  return {
    see(now) {
      if (now.nowS - recent.at(-1)!.nowS >= STEP_S) recent.push(now);
      const start = recent.findLastIndex((each) => now.nowS - each.nowS >= WINDOW_S);
      if (start > 0) recent = recent.slice(start);
      const since = recent[0]!;
      const grown = (column: number): number => now.values[column]! - since.values[column]!;
      uses.forEach((use, index) => {
        const own = shares[index]!.map((_, workload) => Math.max(0, grown(use.of(workload))));
        // Ticks of the machine lag behind microseconds of processes: workloads never use more than all.
        const all = Math.max(
          grown(use.all),
          own.reduce((sum, each) => sum + each, 0),
        );
        if (Number.isNaN(all)) return;
        shares[index] = own.map((each) => (all > 0 ? each / all : 0));
      });
    },
    of: (use) => shares[use]!,
  };
}
