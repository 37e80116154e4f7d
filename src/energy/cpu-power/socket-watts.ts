import type { CpuMatch } from "./match-cpu.ts";

/** What is known of the machine that the CPU's name was read on. */
export interface CpuPlace {
  /** CPU threads of the machine, all sockets. */
  readonly threads: number;
  readonly sockets: number;
  readonly isVirtual: boolean;
}

/** Watts of this machine's CPUs with every thread busy, how far that may be off, and how it was found. */
export interface FullPower {
  readonly watts: number;
  /** True power lies between watts ÷ factor and watts × factor, nominal 95 %. */
  readonly factor: number;
  readonly how: string;
}

/**
 * Table × load was off by 40 to 75 % from point to point when load models of this kind were held against counters of other
 * machines (mlco2/codecarbon, data/hardware/cpu_load_profiling, 4 CPU models), so even a known part deserves ± 50 %. A family
 * and a share of a socket are wider: our choice.
 */
const FACTOR = { exact: 1.5, family: 2, share: 2.5 } as const;
/**
 * Smaller server parts have less power, but more per core: watts ∝ (threads ÷ threads of the largest)^0.4, our fit. Product
 * pages say, in brackets what it gives: EPYC 9354, 32 cores, 280 W (232); 9124, 16, 200 W (176); 7443, 24, 200 W (189); 7313,
 * 16, 155 W (161); Xeon Gold 6326, 16, 185 W (187); Silver 4310, 12, 120 W (167).
 */
const SIZE_EXPONENT = 0.4;

/** Undefined where a virtual machine's part of the socket cannot be told. */
export function fullPower(
  match: Exclude<CpuMatch, { kind: "unknown" }>,
  place: CpuPlace,
): FullPower | undefined {
  const { watts, name } = match.family;
  const sockets = place.sockets > 1 ? `${place.sockets} × ` : "";
  if (match.kind === "exact")
    return place.isVirtual
      ? undefined
      : { watts: place.sockets * watts, factor: FACTOR.exact, how: `${sockets}${watts} W (${name})` };
  const { topThreads } = match;
  if (place.isVirtual) {
    if (topThreads === undefined) return undefined;
    const share = place.threads / topThreads;
    return {
      watts: share * watts,
      factor: FACTOR.share,
      how: `${place.threads} of ${topThreads} threads of a ${watts} W socket (${name})`,
    };
  }
  const size =
    topThreads === undefined ? 1 : Math.min(1, place.threads / place.sockets / topThreads) ** SIZE_EXPONENT;
  const scaled = Math.round(size * watts);
  const scaling =
    size < 1 ? `, scaled from the family's ${watts} W by its threads` : ", the family's highest";
  return {
    watts: place.sockets * scaled,
    factor: FACTOR.family,
    how: `${sockets}${scaled} W (${name}${scaling})`,
  };
}
