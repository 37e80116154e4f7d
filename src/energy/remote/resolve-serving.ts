/** How a provider serves a model is mostly unknown: what is assumed in its place, and what that does to the interval. */
import { significant } from "../../core/format-quantity.ts";
import { exactly, type Interval } from "../../core/interval.ts";
import { RANGED, type Ranges } from "./fit-energy.ts";
import { FITTED } from "./fitted.ts";
import { fewestGpus, GPUS } from "./gpu-table.ts";
import type { Serving } from "./serving.ts";

/** What is told; the rest is assumed. */
export type GivenServing = Pick<Serving, "activeBillions" | "outputTokens"> & {
  readonly [Name in Exclude<keyof Serving, "activeBillions" | "outputTokens">]?: Serving[Name] | undefined;
};

/** Nobody publishes it; providers batch to the limit of their latency. Our choice. */
const CONCURRENCY = 64;
const CONCURRENCIES = [16, 256] as const;
const BITS = 16;
const FEWEST_BITS = 4;
/** Of the measured mixtures of experts the widest have 24 times as many parameters as a token uses. */
const MOST_TIMES_ACTIVE = 24;

export function servingOf(given: GivenServing): Serving {
  const { activeBillions, totalBillions = activeBillions, bits = BITS, gpu = "h100" } = given;
  const { gpus = fewestGpus(gpu, (totalBillions * bits) / 8), concurrency = CONCURRENCY } = given;
  // Short answers were not measured, and their own length says nothing about how long their batch's are.
  const outputTokens = clamped(given.outputTokens, FITTED.ranges.outputTokens);
  return { activeBillions, totalBillions, bits, gpu, gpus, concurrency, outputTokens };
}

interface Doubt {
  readonly assumption: string;
  /** What else it may be. */
  readonly instead: readonly Partial<Serving>[];
}

function doubtsOf(given: GivenServing): readonly Doubt[] {
  const { activeBillions, gpu, gpus } = servingOf(given);
  const unknown: Readonly<Record<string, Doubt>> = {
    totalBillions: {
      assumption: `all parameters are active; the interval reaches to ${MOST_TIMES_ACTIVE} times as many in all`,
      instead: [{ totalBillions: MOST_TIMES_ACTIVE * activeBillions }],
    },
    bits: {
      assumption: `${BITS} bits per weight; the interval reaches to ${FEWEST_BITS}`,
      instead: [{ bits: FEWEST_BITS }],
    },
    gpu: { assumption: `${GPUS[gpu].name}, or ${GPUS.b200.name}`, instead: [{ gpu: "b200" }] },
    gpus: {
      assumption: "the fewest GPUs that hold the weights, or twice as many",
      instead: [{ gpus: 2 * gpus }],
    },
    concurrency: {
      assumption: `${CONCURRENCY} requests at the same time; the interval reaches from ${CONCURRENCIES.join(" to ")}`,
      instead: CONCURRENCIES.map((concurrency) => ({ concurrency })),
    },
  };
  return Object.entries(unknown).flatMap(([name, doubt]) =>
    given[name as keyof GivenServing] === undefined ? [doubt] : [],
  );
}

/** One sentence for each thing that nobody told. */
export const assumptionsOf = (given: GivenServing): readonly string[] => [
  ...doubtsOf(given).map(({ assumption }) => assumption),
  ...outsideOf(servingOf(given)).map(
    (name) =>
      `${QUANTITIES[name]} lies outside of what was measured (${FITTED.ranges[name].map(significant).join(" to ")})`,
  ),
];

export const QUANTITIES: Readonly<Record<keyof Ranges, string>> = {
  activeBillions: "the number of active parameters in billions",
  totalBillions: "the number of parameters in billions",
  bits: "the number of bits per weight",
  gpus: "the number of GPUs",
  concurrency: "the number of requests at the same time",
  outputTokens: "the length of the answer",
};

const clamped = (value: number, [least, most]: readonly [number, number]): number =>
  Math.min(most, Math.max(least, value));

const outsideOf = (serving: Serving): readonly (keyof Ranges)[] =>
  RANGED.filter((name) => clamped(serving[name], FITTED.ranges[name]) !== serving[name]);

/**
 * The figure with the factor of its method and what the unknown could make of it: independent, so that their logarithms
 * add in quadrature, each side on its own. Beyond the measured range all that the fit adds is doubtful, both ways.
 */
export function widened(figure: (serving: Serving) => number, given: GivenServing, factor: number): Interval {
  const serving = servingOf(given);
  const value = figure(serving);
  if (value === 0) return exactly(0);
  const shift = (other: Serving): number => Math.log(figure(other) / value);
  const unknown = doubtsOf(given).map(({ instead }) =>
    instead.map((part) => shift(servingOf({ ...given, ...part }))),
  );
  const beyond = outsideOf(serving).map((name) => {
    const inside = shift({ ...serving, [name]: clamped(serving[name], FITTED.ranges[name]) });
    return [inside, -inside];
  });
  const all = [[Math.log(factor), -Math.log(factor)], ...unknown, ...beyond];
  const up = Math.hypot(...all.map((shifts) => Math.max(0, ...shifts)));
  const down = Math.hypot(...all.map((shifts) => Math.max(0, ...shifts.map((each) => -each))));
  return { low: value * Math.exp(-down), value, high: value * Math.exp(up) };
}
