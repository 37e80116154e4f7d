/** One number from the readings of a window, and what it leaves over. */
import { type Interval, scale, sumCorrelated, sumIndependent } from "./interval.ts";
import type { Boundary, Reading } from "./meter.ts";

export type AvailableReading = Extract<Reading, { kind: "available" }>;

export interface EnergyTotal {
  /** Left out when nothing could be read. Nominal 95 %. */
  readonly joules?: Interval;
  /** The weakest method in the total. */
  readonly status: "measured" | "modelled" | "unavailable";
  /** `mixed` when components were read at different boundaries. */
  readonly boundary?: Boundary | "mixed";
  /**
   * With a node reading: node less the sum of its parts, so that parts and this add up to the node. Power supply, fans,
   * board, and what the parts do not cover. Negative only when the parts exceed the node, which `notes` then says.
   */
  readonly unattributed?: Interval;
  /** The part of a wider total that this process tree used, by the rules of the readings' splits. */
  readonly own?: Interval;
  readonly notes: readonly string[];
}

/**
 * With a node reading the total is that reading, and components are parts of it; else it is the sum of the components.
 *
 * The sum adds half-widths (sumCorrelated): parts share one load, one clock and often one source of coefficients, so
 * assuming independent errors would claim more than is known. Node and parts come from different instruments.
 */
export function energyTotal(readings: readonly Reading[]): EnergyTotal {
  const available = readings.flatMap((each) => (each.kind === "available" ? [each] : []));
  const parts = available.filter((each) => each.component !== "node");
  const [node, ...otherNodes] = available.filter((each) => each.component === "node").sort(byTrust);
  const counted = node === undefined ? parts : [node];
  if (counted.length === 0) return { status: "unavailable", notes: [] };
  const sum = sumCorrelated(parts.map((each) => each.joules));
  const boundaries = new Set(counted.map((each) => each.boundary));
  const own = ownShare(counted);
  const shared = {
    ...(own && { own }),
    status: counted.some((each) => each.method === "modelled") ? "modelled" : "measured",
    boundary: boundaries.size === 1 ? counted[0]!.boundary : "mixed",
  } as const;
  if (node === undefined) return { ...shared, joules: sum, notes: [] };
  const excess =
    sum.value > node.joules.value
      ? [
          `the parts (${sum.value.toPrecision(3)} J) exceed the node reading (${node.joules.value.toPrecision(3)} J)`,
        ]
      : [];
  const beside = otherNodes.map(({ source }) => `${source} reads the node as well and is not added`);
  return {
    ...shared,
    joules: node.joules,
    unattributed: sumIndependent([node.joules, scale(sum, -1)]),
    notes: [...excess, ...beside],
  };
}

/** Only where every counted reading tells, and at least one of them had to be split. */
function ownShare(counted: readonly AvailableReading[]): Interval | undefined {
  if (counted.every((each) => each.boundary === "process-tree")) return undefined;
  const shares = counted.map((each) => {
    if (each.boundary === "process-tree") return each.joules;
    return each.split?.lines.find((line) => line.owner === "process-tree")?.joules;
  });
  const known = shares.filter((each) => each !== undefined);
  return known.length === shares.length ? sumCorrelated(known) : undefined;
}

/** The most covered first, then the surest. */
const byTrust = (a: AvailableReading, b: AvailableReading): number =>
  b.coverage - a.coverage || width(a.joules) - width(b.joules);

const width = ({ low, high }: Interval): number => high - low;
