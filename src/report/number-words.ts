/** Numbers as words of a sentence: never NaN, the same in every locale. */
import { significant } from "../core/format-quantity.ts";

export const UNKNOWN = "unknown";

/** `1,200`. */
export const wholeNumber = (count: number): string =>
  Number.isFinite(count) ? count.toLocaleString("en-US", { maximumFractionDigits: 0 }) : UNKNOWN;

/** A name made of digits, such as a seed or a year: `2024`. */
export const numeral = (value: number): string => (Number.isFinite(value) ? String(value) : UNKNOWN);

export const threeDigits = (value: number): string => (Number.isFinite(value) ? significant(value) : UNKNOWN);

/** `1 item`, `1,200 items`. */
export const counted = (count: number, thing: string): string =>
  `${wholeNumber(count)} ${thing}${count === 1 ? "" : "s"}`;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
