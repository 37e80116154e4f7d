import type { Stored } from "../../journey/recorded.ts";
import type { CliContext } from "./command.ts";

/** The work is done and its result stands; that its receipt is not in the ledger is said, not thrown. */
export function warnUnstored(context: CliContext, stored: Stored): void {
  if (stored.state === "stored") return;
  if (stored.state === "pending") {
    context.note(`note: the receipt waits beside the ledger (${stored.why}); the next frugal command stores it`);
    return;
  }
  context.note(`warning: the receipt was not stored: ${stored.error.message}`);
  context.note(`hint: ${stored.error.remedy}`);
}
