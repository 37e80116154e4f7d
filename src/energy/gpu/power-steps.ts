/** How unsteady a board's power is, from its updates. */
export interface PowerSteps {
  see(watts: number): void;
  readonly largestW: () => number;
  /** Root mean square of the differences of successive updates. */
  readonly rmsW: () => number;
}

export function powerSteps(): PowerSteps {
  let last: number | undefined;
  let largest = 0;
  let squares = 0;
  let count = 0;
  return {
    see(watts) {
      if (last !== undefined) {
        const step = Math.abs(watts - last);
        largest = Math.max(largest, step);
        squares += step * step;
        count++;
      }
      last = watts;
    },
    largestW: () => largest,
    rmsW: () => (count === 0 ? 0 : Math.sqrt(squares / count)),
  };
}
