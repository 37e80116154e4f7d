/**
 * Energy of several candidates at the same work, taken in turns: whatever changes on the machine meanwhile, and whatever error the
 * energy model has, meets all of them alike, and cancels in the ratios of one round.
 */
import { scale, sumCorrelated } from "../../core/interval.ts";
import type { Meter } from "../../core/meter.ts";
import type { Clock } from "../../core/ports.ts";
import { type Progress, silent } from "../../core/progress.ts";
import { energyRecord } from "../../receipt/build-receipt.ts";
import type { EnergyRecord } from "../../receipt/receipt.ts";
import type { ChoiceEnergy } from "../../score/choice-report.ts";

export interface Contestant<T> {
  readonly id: string;
  work(block: readonly T[]): Promise<unknown>;
}

export interface Turn {
  /** Work done, in the unit of `amountOf`. */
  readonly amount: number;
  readonly durationS: number;
  readonly energy: EnergyRecord;
}

export interface TurnOptions<T> {
  readonly meter: Meter;
  readonly clock: Pick<Clock, "now">;
  /** One round each; within a round all do the same block. */
  readonly blocks: readonly (readonly T[])[];
  /** How much work a block is; its number of items unless told. */
  readonly amountOf?: (block: readonly T[]) => number;
  /** A turn repeats its block for at least so long: CPU time of children is counted in steps of 10 ms. */
  readonly leastS: number;
  readonly progress?: Progress;
}

/** A turn of work that takes no time at all ends here. */
const MOST_PASSES = 20_000;

/** @returns the turns of each contestant, in the order of the blocks. */
export async function takeTurns<T>(
  contestants: readonly Contestant<T>[],
  options: TurnOptions<T>,
): Promise<ReadonlyMap<string, readonly Turn[]>> {
  const { meter, blocks, progress = silent } = options;
  const turns = new Map(contestants.map(({ id }) => [id, [] as Turn[]]));
  const total = blocks.length * contestants.length;
  let done = 0;
  // The first round of any program compiles and fills caches: it is worked but not counted.
  for (const contestant of contestants) await contestant.work(blocks[0] ?? []);
  for (const [round, block] of blocks.entries()) {
    // Whoever starts a round changes, so that no one always follows the same other.
    for (const [at] of contestants.entries()) {
      const contestant = contestants[(at + round) % contestants.length]!;
      const { value: passes, energy } = await meter.measure(contestant.id, () =>
        repeat(contestant, block, options),
      );
      const amount = passes * (options.amountOf?.(block) ?? block.length);
      turns.get(contestant.id)!.push({ amount, durationS: energy.durationS, energy: energyRecord(energy) });
      progress({ kind: "advance", done: ++done, total });
    }
  }
  return turns;
}

async function repeat<T>(
  contestant: Contestant<T>,
  block: readonly T[],
  { clock, leastS }: TurnOptions<T>,
): Promise<number> {
  const end = clock.now() + leastS;
  let passes = 0;
  do {
    await contestant.work(block);
    passes++;
  } while (clock.now() < end && passes < MOST_PASSES);
  return passes;
}

/** Joules per unit of work in each turn, for ratios; 0 where the energy is unknown. */
export const joulesOfTurns = (turns: readonly Turn[]): number[] =>
  turns.map(({ amount, energy }) => (energy.total_j?.value ?? 0) / amount);

/** All turns together. @param per how much work one `unit` is. */
export function energyOfTurns(
  turns: readonly Turn[],
  { unit, per }: { readonly unit: string; readonly per: number },
): ChoiceEnergy {
  const parts = turns.flatMap(({ energy }) => energy.parts);
  const joules = turns.flatMap(({ energy }) => energy.total_j ?? []);
  const sources = [...new Set(parts.flatMap((part) => (part.status === "unavailable" ? [] : [part.source])))];
  const isModelled = turns.some(({ energy }) => energy.status === "modelled");
  const known = turns.length > 0 && joules.length === turns.length;
  return {
    status: known ? (isModelled ? "modelled" : "measured") : "unavailable",
    // One sensor's error is the same in every turn.
    ...(known && { per_unit_j: scale(sumCorrelated(joules), per / amountOfTurns(turns)) }),
    unit,
    sources,
    repeats: turns.length,
  };
}

export const secondsOfTurns = (turns: readonly Turn[], per: number): number =>
  (turns.reduce((sum, { durationS }) => sum + durationS, 0) * per) / amountOfTurns(turns);

const amountOfTurns = (turns: readonly Turn[]): number => turns.reduce((sum, { amount }) => sum + amount, 0);
