/** `frugal log verify`: whole, with the head to publish; or exit 2 and what is wrong. */
import { FrugalError } from "../../../core/error.ts";
import type { Problem } from "../../../ledger/check-chain.ts";
import { damaged } from "../../../ledger/failures.ts";
import { ledgerFolder, quarantineFolder } from "../../../ledger/ledger-folder.ts";
import { verifyLedger } from "../../../ledger/open-ledger.ts";
import type { LedgerReport } from "../../../ledger/verify.ts";
import { counted } from "../../../report/number-words.ts";
import { SHORT_ID } from "../../../report/receipt-line.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { homeOf, warnIntake } from "../ledger-session.ts";
import { badOption } from "../program.ts";
import { repairLine } from "../repair-line.ts";

export async function logVerify(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const head = (options["head"] as string | undefined)?.toLowerCase();
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
    throw badOption("--head", head, "give the 64 digits that frugal log verify printed");
  }
  const report = await verifyLedger(context.world, {
    signal: context.signal,
    ...(head === undefined ? {} : { head }),
  });
  if (context.json) await context.printJson(jsonOf(report));
  warnIntake(context, report.intake);
  if (report.quarantined > 0) {
    context.note(`${counted(report.quarantined, "unreadable file")} in ${quarantineFolder(homeOf(context))}`);
  }
  for (const done of report.repairs) context.note(repairLine(done));
  if (report.problems.length > 0) {
    throw damaged(`the ledger in ${ledgerFolder(homeOf(context))} is damaged`, problemsText(report.problems));
  }
  if (report.headFound === false) throw headUnknown(report);
  if (!context.json)
    await context.print(`ledger whole: ${counted(report.length, "receipt")}, head ${report.head}`);
  return 0;
}

/** More would not help: --json has them all. */
const SHOWN = 10;

function problemsText(problems: readonly Problem[]): string {
  const more = problems.length - SHOWN;
  const shown = problems.slice(0, SHOWN).map(problemText).join("; ");
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

const problemText = ({ place, id, what }: Problem): string =>
  place === undefined || id === undefined ? what : `receipt ${place} (${id.slice(0, SHORT_ID)}): ${what}`;

/** A "no", not an error: the question was answered. */
const headUnknown = ({ repairs }: LedgerReport): FrugalError =>
  new FrugalError({
    code: "not-found",
    what: "the ledger does not hold that head",
    why:
      repairs.length > 0
        ? "a repair began the chain anew where a receipt was lost"
        : "another ledger printed it, or receipts and head.json were changed since",
    remedy: "compare with a copy of the ledger folder from the time when it was printed",
  });

const jsonOf = ({ problems, headFound, intake, ...report }: LedgerReport): object => ({
  whole: problems.length === 0,
  ...report,
  ...(headFound === undefined ? {} : { head_found: headFound }),
  problems,
  added: intake.added,
  refused: intake.refused,
  waiting: intake.waiting?.count ?? 0,
});
