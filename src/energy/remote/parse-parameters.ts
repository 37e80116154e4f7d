import { FrugalError } from "../../core/error.ts";
import type { Span } from "./estimate-request.ts";

const TIMES: Readonly<Record<string, number>> = { "": 1, K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

/** `3.6B`, `350M`, `21000000000`, or a range of such: `10B-200B`. `option` names the flag in the error. Throws "bad-option". */
export function parseParameters(text: string, option: string): number | Span {
  const ends = text.split("-").map(countOf);
  const [low, high] = ends;
  if (ends.length === 1 && low !== undefined) return low;
  if (ends.length === 2 && low !== undefined && high !== undefined && low <= high) return { low, high };
  throw new FrugalError({
    code: "bad-option",
    what: `${option} ${text}`,
    why: "it is neither a number of parameters nor a range, from low to high",
    remedy: "write 3.6B, 350M, or a range such as 10B-200B",
  });
}

function countOf(text: string): number | undefined {
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?)\s*([KMBT]?)\s*$/i.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const count = Number(digits) * TIMES[unit.toUpperCase()]!;
  return count > 0 && Number.isFinite(count) ? count : undefined;
}
