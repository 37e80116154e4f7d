/** `frugal log show ID`: all that one receipt holds. */
import { receiptView } from "../../../report/receipt-view.ts";
import type { CliContext } from "../command.ts";
import { findReceipt } from "../find-receipt.ts";

export async function logShow(context: CliContext, args: readonly string[]): Promise<number> {
  const receipt = await findReceipt(context, args[0] ?? "");
  if (context.json) await context.printJson(receipt);
  else await context.print(receiptView(receipt, context.world.terminal.columns));
  return 0;
}
