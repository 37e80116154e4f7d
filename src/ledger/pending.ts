import { FrugalError, messageOf, systemCode } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { canonicalJson } from "../receipt/canonical.ts";
import type { Receipt } from "../receipt/receipt.ts";

/** Where receipts lie that no database holds yet: one file each, so that writers never wait for one another. */
export const pendingFolder = (home: string): string => `${home}/ledger/pending`;

/** Durable when it returns: temporary name, flush, rename. Throws "disk-full" or "file-unwritable". */
export async function writePending(files: Files, home: string, receipt: Receipt): Promise<void> {
  const path = `${pendingFolder(home)}/${receipt.id}.json`;
  try {
    await files.writeAtomic(path, canonicalJson(receipt));
  } catch (thrown) {
    const found = systemCode(thrown);
    throw new FrugalError({
      code: found === "ENOSPC" || found === "EDQUOT" ? "disk-full" : "file-unwritable",
      what: `cannot store the receipt in ${pendingFolder(home)}`,
      why: found ?? messageOf(thrown),
      remedy: "free space or correct the folder's permissions, or set FRUGAL_HOME to another folder",
      cause: thrown,
    });
  }
}
