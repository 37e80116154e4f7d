/** Axes for a choice plot: what they span and where their ticks stand. Pure numbers. */
import type { Range } from "../receipt/receipt.ts";
import type { Metric } from "../score/choice-report.ts";

export interface Axis {
  readonly type: "linear" | "log";
  readonly domain: readonly [low: number, high: number];
  readonly ticks: readonly number[];
}

/** Part of the span that stays free at each end. */
const PADDING = 0.12;
/** Below it lies no energy of computing; a logarithm would only stretch the axis to it. */
const SMALLEST = 1e-30;

/** Logarithmic where positive values span more than a decade; an end of an interval at or below 0 is then left to the edge. */
export function energyAxis(ranges: readonly Range[], maxTicks: number): Axis {
  const values = ranges.map((range) => range.value);
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (least > SMALLEST && most / least > 10) {
    const ends = ranges
      .flatMap((range) => [range.low, range.value, range.high])
      .filter((end) => end > SMALLEST);
    return logAxis(Math.min(...ends), Math.max(...ends), maxTicks);
  }
  const low = Math.min(0, ...ranges.map((range) => range.low));
  const high = Math.max(...ranges.map((range) => range.high), most);
  return linearAxis(low, high === low ? low + 1 : high, [low, Number.MAX_VALUE], maxTicks);
}

function logAxis(low: number, high: number, maxTicks: number): Axis {
  const room = (high / low) ** PADDING;
  const domain = [low / room, high * room] as const;
  const first = Math.floor(Math.log10(domain[0]));
  const last = Math.ceil(Math.log10(domain[1]));
  const decades = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const inside = (ticks: readonly number[]): readonly number[] =>
    ticks.filter((tick) => tick >= domain[0] && tick <= domain[1]);
  const steps = [[1, 2, 5], [1, 3], [1]].map((digits) =>
    inside(decades.flatMap((decade) => digits.map((digit) => Number(`${digit}e${decade}`)))),
  );
  const ticks = steps.find((each) => each.length <= maxTicks) ?? steps.at(-1)!;
  const every = Math.ceil(ticks.length / maxTicks);
  return { type: "log", domain, ticks: ticks.filter((_, at) => at % every === 0) };
}

/** Holds the floor and every interval; a share has no ticks outside 0 … 1, an error rate none below 0. */
export function qualityAxis(ranges: readonly Range[], floor: number, metric: Metric, maxTicks: number): Axis {
  const all = [floor, ...ranges.flatMap(({ low, value, high }) => [low, value, high])];
  const low = Math.min(...all);
  const high = Math.max(...all);
  // Ticks closer than a printed digit would read alike.
  const half = Math.max(0, (Math.max(Math.abs(high), 1) * 0.02 - (high - low)) / 2);
  const most = metric.better === "higher" && high <= 1 ? 1 : Number.MAX_VALUE;
  return linearAxis(low - half, high + half, [low >= 0 ? 0 : -Number.MAX_VALUE, most], maxTicks);
}

function linearAxis(
  low: number,
  high: number,
  [least, most]: readonly [number, number],
  maxTicks: number,
): Axis {
  const room = (high - low) * PADDING;
  const domain = [low === least ? low : low - room, high + room] as const;
  const step = niceStep((domain[1] - domain[0]) / maxTicks);
  const first = Math.ceil(Math.max(domain[0], least) / step);
  const count = Math.floor(Math.min(domain[1], most) / step) - first + 1;
  const ticks = Array.from({ length: Math.max(0, count) }, (_, at) => rounded((first + at) * step));
  return { type: "linear", domain, ticks };
}

/** The next of 1, 2, 5 × a power of ten. */
function niceStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return power * ([1, 2, 5, 10].find((digit) => digit * power >= atLeast) ?? 10);
}

/** Without the dust of binary fractions: 0.1 × 3 is 0.3. */
const rounded = (value: number): number => Number(value.toPrecision(12));
