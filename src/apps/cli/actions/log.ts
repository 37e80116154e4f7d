/** `frugal log`: a table of receipts, newest first. */
import { FrugalError } from "../../../core/error.ts";
import type { Receipt } from "../../../receipt/receipt.ts";
import { receiptTable } from "../../../report/receipt-table.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { noReceipts, queryOf, withLedger } from "../ledger-session.ts";

const DEFAULT_LIMIT = 20;

export async function log(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  return await withLedger(context, async (ledger) => {
    const limit = (options["limit"] as number | undefined) ?? DEFAULT_LIMIT;
    const receipts: Receipt[] = [];
    for await (const receipt of ledger.receipts({ ...queryOf(options), limit })) receipts.push(receipt);
    if (context.json) await context.printJson(receipts);
    if (ledger.length === 0) throw noReceipts(context);
    if (receipts.length === 0) throw nothingFits(ledger.length);
    if (context.json) return 0;
    await context.print(receiptTable(receipts, context.world.terminal.columns));
    if (receipts.some((receipt) => receipt.energy.status === "modelled")) {
      context.note("~ modelled, not measured; see frugal log show ID");
    }
    return 0;
  });
}

const nothingFits = (count: number): FrugalError =>
  new FrugalError({
    code: "not-found",
    what: "no receipt fits",
    why: `none of the ${count} in the ledger is of that kind and time`,
    remedy: "leave out --kind or --since, or choose an earlier time",
  });
