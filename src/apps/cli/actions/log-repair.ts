/** `frugal log repair`: the remedy for a damaged ledger. */
import { ledgerFolder } from "../../../ledger/ledger-folder.ts";
import { repairLedger } from "../../../ledger/open-ledger.ts";
import { counted } from "../../../report/number-words.ts";
import type { CliContext } from "../command.ts";
import { homeOf, warnIntake } from "../ledger-session.ts";
import { repairLine } from "../repair-line.ts";

export async function logRepair(context: CliContext): Promise<number> {
  const report = await repairLedger(context.world, { signal: context.signal });
  if (context.json)
    await context.printJson(
      report.kind === "whole" ? report : { kind: report.kind, database: report.database, ...report.repair },
    );
  if (report.kind === "whole") {
    if (!context.json)
      await context.print(`nothing to repair: ${counted(report.length, "receipt")}, all whole`);
    return 0;
  }
  if (!context.json) await context.print(repairLine(report.repair));
  context.note(`the ledger goes on in ${ledgerFolder(homeOf(context))}/${report.database}`);
  warnIntake(context, report.intake);
  return 0;
}
