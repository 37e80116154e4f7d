import type { Stored } from "../../journey/recorded.ts";
import type { CliContext } from "./command.ts";

/** The work is done and its result stands; that its receipt is not in the ledger is said, not thrown. */
export function warnUnstored(context: CliContext, stored: Stored): void {
  if (stored.state === "stored") return;
  context.warn(`the receipt was not stored: ${stored.error.message}`, stored.error.remedy);
}

/** Of an adapter that another program wrote. */
export function warnOfSettings(
  warn: CliContext["warn"],
  { warnings }: { readonly warnings: readonly string[] },
): void {
  for (const warning of warnings)
    warn(warning, "if it changes what the adapter computes, merge it with PEFT instead");
}
