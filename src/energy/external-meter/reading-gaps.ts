/** How often a meter has something new, and how late that comes: what may be assumed after its last reading. */
export interface ReadingGaps {
  /** A reading `gapS` after the one before it, which had been the last known for `waitedS` when it came. */
  see(gapS: number, waitedS: number): void;
  /** Median time between readings. */
  periodS(): number;
  /** Seconds after the last reading for which it still counts. */
  holdS(): number;
  /** A longer gap between two readings is one in which the meter was away. */
  mostGapS(): number;
}

const KEPT = 31;
/** Our choices: until something is known, a meter that is read each second; then half as long again as it ever took. */
const FIRST_HOLD_S = 3;
const PATIENCE = 1.5;
/** Missing readings up to this many are bridged by a straight line. */
const BRIDGED = 5;
const SHORTEST_BRIDGE_S = 5;

/** @param usualS the period until one was seen. */
export function readingGaps(usualS: number): ReadingGaps {
  const gaps: number[] = [];
  let longestWaitS = 0;
  const periodS = (): number => gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? usualS;
  const mostGapS = (): number => Math.max(SHORTEST_BRIDGE_S, BRIDGED * periodS());
  return {
    see(gapS, waitedS) {
      // A meter that was away is no meter that is slow.
      if (gapS <= mostGapS()) longestWaitS = Math.max(longestWaitS, waitedS);
      gaps.push(gapS);
      if (gaps.length > KEPT) gaps.shift();
    },
    periodS,
    holdS: () => Math.max(FIRST_HOLD_S, PATIENCE * longestWaitS),
    mostGapS,
  };
}
