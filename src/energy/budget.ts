import { energyTotal } from "../core/energy-total.ts";
import { FrugalError, isAbort } from "../core/error.ts";
import { formatEnergy } from "../core/format-quantity.ts";
import type { SpanEnergy } from "../core/meter.ts";
import type { Clock } from "../core/ports.ts";
import { type Joules, joules } from "../core/quantity.ts";
import type { OpenMeter } from "./open-meter.ts";

export interface BudgetOptions {
  /** What the work may spend. */
  readonly joules: number;
  /** Name of the span; `budget` unless told. */
  readonly name?: string;
  /** Time between looks at the meter; 100 ms unless told. Work that blocks the event loop is stopped only when it lets go. */
  readonly checkMs?: number;
  /** Aborts the work as well. */
  readonly signal?: AbortSignal;
}

export interface BudgetResult<T> {
  readonly value: T;
  readonly energy: SpanEnergy;
  /** The work came to its end, but spent more than it was given. */
  readonly exceeded: boolean;
}

const CHECK_MS = 100;
/** A sensor that has said nothing for so long guards no budget. */
const MOST_SILENT_S = 2;

/**
 * Runs `work` with a signal that aborts once the energy of its span reaches the budget: the value of the interval
 * counts, not its upper end. Rejects with "budget-spent" when the work gave up because of that, with
 * "sensor-unavailable" when nothing measures, with the work's own error otherwise.
 */
export async function withBudget<T>(
  meter: Pick<OpenMeter, "start">,
  clock: Pick<Clock, "every" | "now">,
  options: BudgetOptions,
  work: (signal: AbortSignal) => T | Promise<T>,
): Promise<BudgetResult<T>> {
  const budget = budgetOf(options);
  const span = meter.start(options.name ?? "budget");
  const controller = new AbortController();
  const signal =
    options.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, options.signal]);
  let seenS = clock.now();
  const check = (): void => {
    const spent = energyTotal(span.soFar().readings).joules?.value;
    if (spent !== undefined) seenS = clock.now();
    else if (clock.now() - seenS > MOST_SILENT_S) controller.abort(notMeasured());
    if (spent !== undefined && spent >= budget) controller.abort(overspent(budget, spent));
  };
  const stop = clock.every(options.checkMs ?? CHECK_MS, check);
  try {
    const value = await span.run(() => work(signal));
    const energy = span.endNow();
    return { value, energy, exceeded: (energyTotal(energy.readings).joules?.value ?? 0) > budget };
  } catch (thrown) {
    const why = controller.signal.reason as unknown;
    // Whatever the work makes of the abort, the reason is what the caller must know.
    throw controller.signal.aborted && (thrown === why || isAbort(thrown)) ? why : thrown;
  } finally {
    stop();
    span.endNow();
  }
}

function budgetOf(options: BudgetOptions): Joules {
  if (options.joules > 0 && Number.isFinite(options.joules)) return joules(options.joules);
  throw new FrugalError({
    code: "bad-option",
    what: `a budget of ${options.joules} J`,
    why: "it is not a positive number",
    remedy: "give the joules that the work may spend: 1 Wh are 3,600 J",
  });
}

const overspent = (budget: Joules, spent: number): FrugalError =>
  new FrugalError({
    code: "budget-spent",
    what: `the budget of ${formatEnergy(budget)} is spent`,
    why: `the work had used ${formatEnergy(joules(spent))} and was not done`,
    remedy: "raise the budget, or do less: a smaller model, fewer items",
  });

const notMeasured = (): FrugalError =>
  new FrugalError({
    code: "sensor-unavailable",
    what: "the budget cannot be guarded",
    why: "no sensor has given a reading since the work began",
    remedy: "look at the notes of meter.total(), or run without a budget",
  });
