/** JSON Canonicalization Scheme (RFC 8785): one text for one value, so that a hash means the content. */
import { InternalError } from "../core/error.ts";

/** Throws for what JSON cannot hold (NaN, infinity, undefined, functions) and for lone surrogates (RFC 8785, 3.2.2.2). */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new InternalError(`${value} has no JSON form`);
    // ECMAScript's own number form is the one that the scheme prescribes (3.2.2.3).
    return JSON.stringify(value);
  }
  if (typeof value === "string") {
    if (/\p{Surrogate}/u.test(value)) throw new InternalError("a text holds half of a surrogate pair");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") {
    // Default sort compares UTF-16 code units, as section 3.2.3 wants.
    const keys = Object.keys(value).sort();
    const pairs = keys.map(
      (key) => `${canonicalJson(key)}:${canonicalJson((value as Record<string, unknown>)[key])}`,
    );
    return `{${pairs.join(",")}}`;
  }
  throw new InternalError(`a ${typeof value} has no JSON form`);
}
