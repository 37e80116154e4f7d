import type { Repair } from "../../ledger/anchor.ts";
import { counted } from "../../report/number-words.ts";

/** `repaired 2026-11-25T07:13:00.000Z: 41 receipts kept, 1 lost; the damaged database is receipts-1.db`. */
export function repairLine({ at, kept, lost, from }: Repair): string {
  const gone =
    lost === undefined ? "how many were lost is unknown, as head.json could not be read" : `${lost} lost`;
  const where = from === undefined ? "" : `; the damaged database is ${from.database}`;
  return `repaired ${at}: ${counted(kept, "receipt")} kept, ${gone}${where}`;
}
