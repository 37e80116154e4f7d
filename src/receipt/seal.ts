import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical.ts";
import type { Receipt, ReceiptBody } from "./receipt.ts";

/** sha256 of the canonical JSON of a body, in hexadecimal. */
export const hashOf = (body: ReceiptBody): string =>
  createHash("sha256").update(canonicalJson(body)).digest("hex");

/** The body with its content hash as id. */
export const sealReceipt = (body: ReceiptBody): Receipt => ({ id: hashOf(body), ...body });

/** Whether the content is still what the id was made of. */
export function isSealed({ id, ...body }: Receipt): boolean {
  return id === hashOf(body);
}
