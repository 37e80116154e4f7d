import { exactly, type Interval, scale, sumCorrelated } from "../../core/interval.ts";
import type { MarketFactor } from "../../receipt/build-carbon.ts";
import type { Instrument, InstrumentKind } from "../../receipt/carbon-parts.ts";
import type { MarketTerms } from "./carbon-config.ts";

/**
 * Order of the GHG Protocol Scope 2 Guidance (2015), table 6.3; the remainder then takes the residual mix, else the
 * grid's average.
 */
const ORDER: readonly InstrumentKind[] = ["certificate", "contract", "supplier"];
/** Shares are written in decimals: what is left of 0.1 + 0.2 + 0.7 is nothing. */
const NOTHING_LEFT = 1e-9;

/**
 * The market-based factor of the Scope 2 Guidance from the user's own contracts. Factors of contracts are accounting
 * rules, so they have no interval; the grid's average, where it fills the rest, brings its own. Without contracts
 * nothing is made up.
 *
 * @param grid location-based intensity, g/kWh.
 * @param year of the consumption.
 */
export function marketFactor(terms: MarketTerms | undefined, grid: Interval, year: number): MarketFactor {
  if (terms === undefined || (terms.instruments.length === 0 && terms.residualMix === undefined)) {
    return { status: "unavailable", reason: "no contract data" };
  }
  const instruments = [...terms.instruments].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const covered = instruments.reduce((sum, { share }) => sum + share, 0);
  const left = 1 - covered;
  const parts = instruments.map(({ g_per_kwh, share }) => scale(exactly(g_per_kwh), share));
  const notes = instruments.flatMap((instrument) => vintageNotes(instrument, year));
  if (left <= NOTHING_LEFT) {
    return { status: "available", intensity_g_per_kwh: sumCorrelated(parts), instruments, notes };
  }
  const { residualMix } = terms;
  const rest = residualMix === undefined ? grid : exactly(residualMix.gPerKwh);
  const restNote =
    residualMix === undefined
      ? "no residual mix was given: the rest is counted with the grid's average, the last level of the guidance, which may count green power twice"
      : `residual mix: ${residualMix.source}`;
  return {
    status: "available",
    intensity_g_per_kwh: sumCorrelated([...parts, scale(rest, left)]),
    instruments,
    remainder: {
      basis: residualMix === undefined ? "grid-average" : "residual-mix",
      share: left,
      g_per_kwh: rest.value,
    },
    notes: [...notes, restNote],
  };
}

/** Quality criterion 4 of the guidance (table 7.1): issued as close as possible to the time of consumption. */
function vintageNotes({ kind, vintage }: Instrument, year: number): readonly string[] {
  if (vintage === undefined) return [`the ${kind} states no vintage: the quality criteria ask for one`];
  return vintage === year ? [] : [`the ${kind} is of ${vintage}, the consumption of ${year}`];
}
