/** How unsteady a board's power is, from its updates. */
export interface PowerSteps {
  /** Takes the power of one update. */
  see(watts: number): void;
  /** Largest difference of successive updates. */
  largestW(): number;
  /** Σ of the squares of all such differences, W². */
  squares(): number;
}

export function powerSteps(): PowerSteps {
  let last: number | undefined;
  let largest = 0;
  let squares = 0;
  return {
    see(watts) {
      const step = Math.abs(watts - (last ?? watts));
      largest = Math.max(largest, step);
      squares += step * step;
      last = watts;
    },
    largestW: () => largest,
    squares: () => squares,
  };
}
