/** How often a polled reading is renewed, found out from the moments at which its value changes. */
export interface UpdateWatch {
  /** Takes one poll. @returns true when the value differs from the poll before */
  see(nowS: number, value: number): boolean;
  /** Seconds between updates; undefined before enough were seen, or when the reading is renewed faster than it is polled. */
  periodS(): number | undefined;
}

/** The time between two changes is known up to the polls that saw them. */
interface Gap {
  readonly lengthS: number;
  readonly leastS: number;
  readonly mostS: number;
}

/** Our choice: fewer changes leave chance too much room, more make a late change of the period go unnoticed. */
const LEAST_GAPS = 6;
const KEPT_GAPS = 64;
/** Part of the gaps that must fit a period: the others are delayed polls. */
const FITTING = 0.9;
/** Updates come up to this part early or late: gaps of 19 to 22 ms around 20 ms were recorded on a V100 (see gpu-interval.ts). */
const JITTER = 0.1;
const CANDIDATE_STEP = 1.02;

export function updateWatch(): UpdateWatch {
  const gaps: Gap[] = [];
  let last: { readonly atS: number; readonly value: number } | undefined;
  let change: { readonly atS: number; readonly slackS: number } | undefined;
  let unfitted = 0;
  let period: number | undefined;
  return {
    see(nowS, value) {
      const before = last;
      last = { atS: nowS, value };
      if (before === undefined || before.value === value) return false;
      const slackS = nowS - before.atS;
      if (change !== undefined) {
        const lengthS = nowS - change.atS;
        gaps.push({ lengthS, leastS: lengthS - slackS, mostS: lengthS + change.slackS });
        if (gaps.length > KEPT_GAPS) gaps.shift();
        unfitted++;
      }
      change = { atS: nowS, slackS };
      return true;
    },
    periodS() {
      if (unfitted >= LEAST_GAPS) {
        period = fitPeriod(gaps);
        unfitted = 0;
      }
      return period;
    },
  };
}

/**
 * The longest period of which the gaps are multiples: an update that repeats the value leaves no change, so that a gap
 * may hold several. Fitted once more by counting, because the longest that fits lies above the truth.
 */
function fitPeriod(gaps: readonly Gap[]): number | undefined {
  const pollS = quantile(
    gaps.map((gap) => (gap.mostS - gap.leastS) / 2),
    0.5,
  );
  // A longer period would not fit into the shortest gaps.
  const longestS =
    quantile(
      gaps.map((gap) => gap.mostS),
      1 - FITTING,
    ) /
    (1 - JITTER);
  for (let candidate = longestS; candidate > pollS; candidate /= CANDIDATE_STEP) {
    const fitting = gaps.filter((gap) => updatesIn(gap, candidate) !== undefined);
    if (fitting.length < FITTING * gaps.length) continue;
    const updates = fitting.reduce((sum, gap) => sum + updatesIn(gap, candidate)!, 0);
    const period = fitting.reduce((sum, gap) => sum + gap.lengthS, 0) / updates;
    // A change at every poll: only that the period is not longer is known.
    return period > 1.5 * pollS ? period : undefined;
  }
  return undefined;
}

/** The number of updates that a gap holds if they come each `periodS`; undefined when no number fits. */
function updatesIn(gap: Gap, periodS: number): number | undefined {
  const updates = Math.max(1, Math.round(gap.lengthS / periodS));
  const slackS = JITTER * periodS;
  const fits = updates * periodS >= gap.leastS - slackS && updates * periodS <= gap.mostS + slackS;
  return fits ? updates : undefined;
}

function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(part * (values.length - 1))]!;
}
