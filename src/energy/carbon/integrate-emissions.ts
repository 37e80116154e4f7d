import { FrugalError } from "../../core/error.ts";
import { exactly, type Interval, product, scale, sumCorrelated } from "../../core/interval.ts";
import { JOULES_PER_KWH } from "../../core/quantity.ts";
import { type IntensityPoint, pointsWithin, type TimeRange } from "./live/intensity-provider.ts";

/** Energy drawn over a stretch of time, at constant power. */
export interface EnergySlice extends TimeRange {
  readonly joules: Interval;
}

export interface IntegratedEmissions {
  readonly grams: Interval;
  /** Mean intensity weighted by energy; by time where no energy was drawn. */
  readonly gPerKwh: Interval;
  /** Part of the energy (of the time, where there is none) for which the series had a figure. */
  readonly covered: number;
}

/**
 * Σ energy × intensity over the pieces in which both are constant. Where the series has no figure, `gap` is used: a
 * yearly mean, and `covered` says how much of it there is. Pieces share one meter and one source, so their
 * half-widths add. Throws "bad-data" for slices that no meter gives: negative or not finite, or ending before they
 * begin.
 */
export function integrateEmissions(
  slices: readonly EnergySlice[],
  points: readonly IntensityPoint[],
  gap: Interval,
): IntegratedEmissions {
  const pieces = slices.flatMap((slice) => piecesOf(checked(slice), points, gap));
  const grams = sumCorrelated(
    pieces.map(({ joules, gPerKwh }) => product(scale(joules, 1 / JOULES_PER_KWH), gPerKwh)),
  );
  const energy = pieces.reduce((sum, { joules }) => sum + joules.value, 0);
  const weight = energy > 0 ? (piece: Piece) => piece.joules.value : (piece: Piece) => piece.seconds;
  const whole = pieces.reduce((sum, piece) => sum + weight(piece), 0);
  if (whole === 0) return { grams, gPerKwh: gap, covered: 0 };
  return {
    grams,
    gPerKwh: sumCorrelated(pieces.map((piece) => scale(piece.gPerKwh, weight(piece) / whole))),
    covered: pieces.filter(({ known }) => known).reduce((sum, piece) => sum + weight(piece) / whole, 0),
  };
}

/** Time-weighted mean intensity of a range: what a run at constant power meets. */
export const meanIntensity = (
  range: TimeRange,
  points: readonly IntensityPoint[],
  gap: Interval,
): IntegratedEmissions => integrateEmissions([{ ...range, joules: exactly(0) }], points, gap);

interface Piece {
  readonly joules: Interval;
  readonly gPerKwh: Interval;
  readonly seconds: number;
  readonly known: boolean;
}

function piecesOf(slice: EnergySlice, points: readonly IntensityPoint[], gap: Interval): readonly Piece[] {
  const { startS, endS, joules } = slice;
  const duration = endS - startS;
  // A moment without length (a clock too coarse for a short run) takes the figure of its second.
  if (duration === 0) {
    const [point] = pointsWithin(points, { startS, endS: startS + 1 });
    return [{ joules, gPerKwh: point?.gPerKwh ?? gap, seconds: 0, known: point !== undefined }];
  }
  const pieces: Piece[] = [];
  const add = (fromS: number, toS: number, point?: IntensityPoint): void => {
    if (toS <= fromS) return;
    const seconds = toS - fromS;
    pieces.push({
      joules: scale(joules, seconds / duration),
      gPerKwh: point?.gPerKwh ?? gap,
      seconds,
      known: point !== undefined,
    });
  };
  let reached = startS;
  for (const point of pointsWithin(points, slice)) {
    const fromS = Math.max(point.startS, startS);
    const toS = Math.min(point.endS, endS);
    add(reached, fromS);
    add(fromS, toS, point);
    reached = toS;
  }
  add(reached, endS);
  return pieces;
}

function checked(slice: EnergySlice): EnergySlice {
  const { startS, endS, joules } = slice;
  const numbers = [startS, endS, joules.low, joules.value, joules.high];
  if (numbers.every(Number.isFinite) && startS <= endS && joules.low >= 0 && joules.value >= joules.low)
    return slice;
  throw new FrugalError({
    code: "bad-data",
    what: `energy ${joules.value} J from ${startS} to ${endS}`,
    why: "energy over time must be finite, not negative, and end after it begins",
    remedy: "pass the readings of a meter, in seconds since 1970 and joules",
  });
}
