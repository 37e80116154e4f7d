/** A GPU whose true power is known, with the readings that boards of its kind give. */
export interface BoardKind {
  readonly periodS: number;
  /** Part of each period that a reading sees; the rest it never knows. */
  readonly seen: number;
  /** Reading ÷ truth; 1 unless told. */
  readonly gain?: number;
  /** When, within a period, readings are renewed. */
  readonly phaseS?: number;
}

export interface SimulatedBoard {
  /** Goes on at `watts` for `seconds` from where the last call ended. */
  draw(watts: number, seconds: number): void;
  /** True joules from 0 to `atS`. */
  trueJ(atS: number): number;
  /** The energy counter, whole millijoules. */
  counterJ(atS: number): number;
  /** The power reading, whole milliwatts. */
  powerW(atS: number): number;
}

export function simulatedBoard(kind: BoardKind): SimulatedBoard {
  const { periodS, seen, gain = 1, phaseS = 0 } = kind;
  const times = [0];
  const joules = [0];
  const counted = [0];
  const trueJ = (atS: number): number => {
    let low = 0;
    let high = times.length - 1;
    if (atS >= times[high]!) return joules[high]!;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (times[middle]! <= atS) low = middle;
      else high = middle;
    }
    const part = (atS - times[low]!) / (times[high]! - times[low]!);
    return joules[low]! + part * (joules[high]! - joules[low]!);
  };
  const seenW = (updateS: number): number =>
    (gain * (trueJ(updateS) - trueJ(Math.max(0, updateS - seen * periodS)))) / (seen * periodS);
  // A clock that reached an update by adding up may be a rounding error short of it.
  const updates = (atS: number): number => Math.max(0, Math.floor((atS - phaseS) / periodS + 1e-9));
  const whole = (value: number): number => Math.round(value * 1_000) / 1_000;
  return {
    draw(watts, seconds) {
      times.push(times.at(-1)! + seconds);
      joules.push(joules.at(-1)! + watts * seconds);
    },
    trueJ,
    counterJ(atS) {
      while (counted.length <= updates(atS)) {
        counted.push(counted.at(-1)! + periodS * seenW(phaseS + counted.length * periodS));
      }
      return whole(counted[updates(atS)]!);
    },
    powerW: (atS) => whole(seenW(phaseS + updates(atS) * periodS)),
  };
}
