/** The one receipt of the ledger that the first characters of an id name. */
import { FrugalError } from "../../core/error.ts";
import type { Receipt } from "../../receipt/receipt.ts";
import { SHORT_ID } from "../../report/receipt-line.ts";
import type { CliContext } from "./command.ts";
import { noReceipts, withLedger } from "./ledger-session.ts";

/** More would not help to choose. */
const SHOWN = 5;

/** Throws "not-found" where there is none, "bad-option" where there are several. */
export async function findReceipt(context: CliContext, prefix: string): Promise<Receipt> {
  const found = await withLedger(context, async (ledger) => {
    if (ledger.length === 0) throw noReceipts(context);
    return await ledger.find(prefix, SHOWN + 1);
  });
  const [receipt, ...others] = found;
  if (receipt === undefined) throw unknown(prefix);
  if (others.length > 0) throw ambiguous(prefix, found);
  return receipt;
}

const unknown = (prefix: string): FrugalError =>
  new FrugalError({
    code: "not-found",
    what: `no receipt ${prefix}`,
    why: "no receipt in the ledger has an id that begins so",
    remedy: "frugal log lists them; an id has the digits 0-9 and a-f",
  });

function ambiguous(prefix: string, found: readonly Receipt[]): FrugalError {
  const names = found.slice(0, SHOWN).map(({ id }) => id.slice(0, Math.max(SHORT_ID, prefix.length + 2)));
  return new FrugalError({
    code: "bad-option",
    what: `${prefix} is not one receipt`,
    why: `these begin so: ${names.join(", ")}${found.length > SHOWN ? " and more" : ""}`,
    remedy: "give more of the id",
  });
}
