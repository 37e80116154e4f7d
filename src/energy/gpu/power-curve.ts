/** The energy under a polled power reading, without a clock or a sensor of its own. */
export interface PowerCurve {
  /** Takes one poll; `periodS`: update period of the reading. */
  see(nowS: number, watts: number, periodS: number): void;
  /** Joules since the start up to the last poll; never goes back. */
  joules(): number;
  /** Seconds since the start for which polls account. */
  coveredS(): number;
  /** Seconds that fell out because polls were too far apart. */
  lostS(): number;
}

/** Longer without a poll and nothing is known of the power in between: our choice, ten updates of the usual 100 ms. */
export const MOST_GAP_S = 1;
/**
 * After a fall of power, what was assumed since the last update was too much. The count neither goes back nor stands
 * still: it goes on at this part of the power until the truth has caught up. Our choice.
 */
export const CATCHING_UP = 0.5;

/**
 * Trapezoids between updates. A renewed reading is the mean of the `averagedS` before it, so it stands for the middle of
 * them (no earlier than half a period: more would assume too much beyond the last update); from the update before to
 * this one the power is a straight line, and a reading that was not renewed holds.
 */
export function powerCurve(startS: number, startW: number, averagedS: number): PowerCurve {
  let counted = 0;
  let coveredS = 0;
  let lostS = 0;
  let pollS = startS;
  // The last corner of the curve; `joules` are those up to it.
  let joules = 0;
  let cornerS = startS;
  let cornerW = startW;
  const until = (nowS: number): number => joules + cornerW * (nowS - cornerS);
  const turn = (atS: number, watts: number, periodS: number): void => {
    const rampS = Math.min(atS - cornerS, periodS);
    joules += cornerW * (atS - cornerS - rampS) + ((cornerW + watts) / 2) * rampS;
    cornerS = atS;
    cornerW = watts;
  };
  return {
    see(nowS, watts, periodS) {
      const gapS = nowS - pollS;
      if (gapS <= 0) return;
      if (gapS > MOST_GAP_S) {
        joules = until(pollS);
        cornerS = nowS;
        cornerW = watts;
        lostS += gapS;
      } else {
        if (watts !== cornerW) {
          turn(Math.max(cornerS, nowS - (gapS + Math.min(averagedS, periodS)) / 2), watts, periodS);
        }
        coveredS += gapS;
        counted = Math.max(until(nowS), counted + CATCHING_UP * cornerW * Math.min(gapS, periodS));
      }
      pollS = nowS;
    },
    joules: () => counted,
    coveredS: () => coveredS,
    lostS: () => lostS,
  };
}
