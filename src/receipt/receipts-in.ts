/** Receipts in a text that a command or a person made: one, a list, JSON lines, or results with a receipt in them. */
import { FrugalError, messageOf } from "../core/error.ts";
import { canonicalJson } from "./canonical.ts";
import { parseReceipt } from "./parse-receipt.ts";
import type { Receipt } from "./receipt.ts";

/**
 * What `track --json`, `run --json`, `log show --json` and `log export` write, however it was laid out since. Throws
 * "bad-data" for anything else, also for a receipt whose content no longer fits its id. @param name of the text in errors.
 */
export function receiptsIn(name: string, text: string): readonly Receipt[] {
  const values = valuesIn(name, text).flatMap(
    (value) => (Array.isArray(value) ? value : [value]) as unknown[],
  );
  return values.map((value, at) => {
    const where = values.length === 1 ? name : `receipt ${at + 1} of ${name}`;
    return receiptOf(where, isRecord(value) && isRecord(value["receipt"]) ? value["receipt"] : value);
  });
}

function valuesIn(name: string, text: string): readonly unknown[] {
  if (text.trim() === "") return [];
  try {
    return [JSON.parse(text)];
  } catch (whole) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    if (lines.length === 1) throw unfit(name, `it is not JSON: ${messageOf(whole)}`);
    return lines.map((line, at) => {
      try {
        return JSON.parse(line) as unknown;
      } catch (thrown) {
        throw unfit(
          name,
          at === 0
            ? `it is not JSON: ${messageOf(whole)}`
            : `its line ${at + 1} is not JSON: ${messageOf(thrown)}`,
        );
      }
    });
  }
}

function receiptOf(where: string, value: unknown): Receipt {
  let canonical: string;
  try {
    canonical = canonicalJson(value);
  } catch (thrown) {
    throw unfit(where, messageOf(thrown));
  }
  const parsed = parseReceipt(new TextEncoder().encode(canonical));
  if (!parsed.ok) throw unfit(where, parsed.why);
  return parsed.receipt;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const unfit = (what: string, why: string): FrugalError =>
  new FrugalError({
    code: "bad-data",
    what: `${what} is no receipt`,
    why,
    remedy: "give what frugal track --json, run --json, log show --json or log export wrote, unchanged",
  });
