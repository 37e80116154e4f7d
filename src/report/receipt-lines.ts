/** What the views of a receipt are made of. */
import { formatEnergy, formatMass } from "../core/format-quantity.ts";
import { gramsCO2e, joules } from "../core/quantity.ts";
import type { Range } from "../receipt/receipt.ts";

/** A label (empty where the line belongs to the one above; indented below its heading) and its text. */
export type Line = readonly [label: string, text: string];

export const noteLine = (text: string): Line => ["", `note: ${text}`];

export const rangeText = ({ low, value, high }: Range, format: (value: number) => string): string =>
  `${format(value)} (${format(low)} … ${format(high)})`;

export const energyText = (range: Range): string => rangeText(range, (value) => formatEnergy(joules(value)));
export const massText = (range: Range): string => rangeText(range, (value) => formatMass(gramsCO2e(value)));
