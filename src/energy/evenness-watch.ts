export interface EvennessWatch {
  /** @returns joules by which one half of this interval's time may differ from the other. */
  see(seconds: number, joules: number): number;
}

/** Time over which the unevenness is averaged: our choice. */
const MEMORY_S = 2;

/** How far power moves from one interval to the next tells how uneven it may be within one. */
export function evennessWatch(): EvennessWatch {
  let lastWatts: number | undefined;
  let meanSquare: number | undefined;
  return {
    see(seconds, joules) {
      if (!(seconds > 0)) return 0;
      const watts = joules / seconds;
      if (lastWatts !== undefined) {
        const square = (watts - lastWatts) ** 2 / 2;
        // A long interval outweighs a calm past: it is the one that has to be shared out.
        const weight = meanSquare === undefined ? 1 : 1 - Math.exp(-seconds / MEMORY_S);
        meanSquare = (meanSquare ?? 0) + weight * (square - (meanSquare ?? 0));
      }
      lastWatts = watts;
      // Before there are two intervals all of it may have been drawn at once.
      return meanSquare === undefined ? joules : Math.sqrt(meanSquare) * seconds;
    },
  };
}
