/** The hash chain: each receipt's link covers its place, its bytes and the link before it. */
import { createHash } from "node:crypto";

/** The link before the first receipt. */
export const GENESIS: Uint8Array = new Uint8Array(32);

/** Keeps these hashes apart from every other use of SHA-256 on the same bytes. */
const DOMAIN = "frugal.ledger/1\n";

/** SHA-256 of domain, previous link, place (64 bits, big-endian) and the receipt's canonical JSON. */
export function linkOf(previous: Uint8Array, place: number, body: Uint8Array): Uint8Array {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(place));
  return createHash("sha256").update(DOMAIN).update(previous).update(number).update(body).digest();
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const fromHex = (text: string): Uint8Array => Buffer.from(text, "hex");
export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
