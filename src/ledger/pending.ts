import type { Files } from "../core/ports.ts";
import { canonicalJson } from "../receipt/canonical.ts";
import type { Receipt } from "../receipt/receipt.ts";
import { unwritable } from "./failures.ts";
import { pendingFolder } from "./ledger-folder.ts";

/** Durable when it returns: temporary name, flush, rename. Throws "disk-full" or "file-unwritable". */
export async function writePending(files: Files, home: string, receipt: Receipt): Promise<void> {
  const folder = pendingFolder(home);
  try {
    await files.writeAtomic(`${folder}/${receipt.id}.json`, canonicalJson(receipt));
  } catch (thrown) {
    throw unwritable(`cannot store the receipt in ${folder}`, thrown);
  }
}
