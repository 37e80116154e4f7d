/** The phases of one demo, each a receipt; phases never overlap, so that their energies add up. */
import { aborted, type FrugalError } from "../../core/error.ts";
import type { Meter } from "../../core/meter.ts";
import type { World } from "../../core/ports.ts";
import type { Progress } from "../../core/progress.ts";
import type { CarbonFlags } from "../../energy/carbon/carbon-settings.ts";
import { type OpenCarbon, openCarbon } from "../../energy/carbon/open-carbon.ts";
import type { Receipt } from "../../receipt/receipt.ts";
import { type RecordFacts, recorded, type WorkFacts } from "../recorded.ts";

export interface Recording<T> {
  readonly value: T;
  readonly receipt: Receipt;
}

export interface ReceiptBook {
  /** Runs one phase under a meter of its own. */
  record<T>(
    facts: Pick<RecordFacts, "kind" | "subject">,
    work: (meter: Meter) => Promise<{ readonly value: T; readonly facts?: WorkFacts }>,
  ): Promise<Recording<T>>;
  /** In the order in which they were made. */
  readonly receipts: readonly Receipt[];
  /** Why the first receipt that is not in the ledger could not be stored. */
  readonly unstored: FrugalError | undefined;
  /** Adds the energy of all phases so far to what is reported. */
  readonly progress: Progress;
}

export interface BookOptions {
  /** The user's own words on carbon. */
  readonly carbon?: CarbonFlags;
  /** Told once of what will be missing from all receipts. */
  readonly warn?: (what: string, remedy: string) => void;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export function openBook(world: World, options: BookOptions): ReceiptBook {
  const { signal, progress } = options;
  let warn = options.warn;
  const receipts: Receipt[] = [];
  let unstored: FrugalError | undefined;
  let settled: Promise<OpenCarbon> | undefined;
  let closedJ = 0;
  let runningJ = (): number => 0;
  return {
    receipts,
    get unstored() {
      return unstored;
    },
    progress: (event) =>
      progress(event.kind === "advance" ? { ...event, energyJ: closedJ + runningJ() } : event),
    async record(facts, work) {
      if (signal.aborted) throw aborted("the demo", signal.reason);
      // Once for all phases, so that a live source is asked once an hour and not for each of them.
      settled ??= openCarbon(world, options.carbon);
      const { value, receipt, stored } = await recorded(
        world,
        { ...facts, carbon: await settled, ...(warn && { warn }) },
        async (meter, energySoFarJ) => {
          runningJ = energySoFarJ;
          return await work(meter);
        },
      );
      warn = undefined;
      runningJ = () => 0;
      closedJ += receipt.energy.total_j?.value ?? 0;
      receipts.push(receipt);
      if (stored.state === "failed") unstored ??= stored.error;
      return { value, receipt };
    },
  };
}
