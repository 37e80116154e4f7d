/** What every `log` command does with the ledger before and after its own work. */
import { frugalHome } from "../../core/environment.ts";
import { FrugalError } from "../../core/error.ts";
import type { Intake } from "../../ledger/ingest.ts";
import { ledgerFolder, quarantineFolder } from "../../ledger/ledger-folder.ts";
import { type Ledger, openLedger, type ReceiptQuery } from "../../ledger/open-ledger.ts";
import type { ReceiptKind } from "../../receipt/receipt.ts";
import { counted } from "../../report/number-words.ts";
import type { CliContext, OptionValues } from "./command.ts";

export async function withLedger<T>(context: CliContext, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const ledger = await openLedger(context.world, { signal: context.signal });
  try {
    const { waiting } = ledger.intake;
    // "No receipts yet" would be wrong: there are some, and the ledger cannot take them in.
    if (ledger.length === 0 && waiting !== undefined) throw new FrugalError(waiting.why);
    warnIntake(context, ledger.intake);
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

/** A receipt that did not get into the ledger is never passed over in silence. */
export function warnIntake(context: CliContext, { refused, waiting }: Intake): void {
  for (const { name, why } of refused) {
    context.warn(
      `${name} is not in the ledger: ${why}`,
      `it is kept in ${quarantineFolder(homeOf(context))}, or in pending/ beside it if it cannot be read`,
    );
  }
  if (waiting === undefined) return;
  const { count, why } = waiting;
  context.warn(`${counted(count, "receipt")} not added yet: ${why.what}: ${why.why}`, why.remedy);
}

/** The options that `log` and `log export` share. */
export const queryOf = (options: OptionValues): ReceiptQuery => {
  const { kind, since } = options as { readonly kind?: ReceiptKind; readonly since?: Date };
  return { ...(kind && { kind }), ...(since && { since }) };
};

export const noReceipts = (context: CliContext): FrugalError =>
  new FrugalError({
    code: "not-found",
    what: "no receipts yet",
    why: `there are none in ${ledgerFolder(homeOf(context))}`,
    remedy: "make one: frugal track -- COMMAND, or frugal run; FRUGAL_HOME says which ledger is used",
  });

export const homeOf = ({ world }: CliContext): string => frugalHome(world.env, world.machine);
