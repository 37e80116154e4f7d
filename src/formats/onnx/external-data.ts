/** Where a tensor says that its data lies outside of the model file (onnx.proto3, TensorProto.external_data). */
import type { Message } from "./schema.ts";

/** TensorProto.DataLocation. */
export const EXTERNAL = 1;

export interface ExternalPlace {
  /** Relative to the model's folder. */
  readonly location: string;
  readonly offset: number;
  /** All that the tensor's shape asks for where it is not given. */
  readonly length?: number;
}

/** `why` follows the tensor's name: "names no file". */
export function externalPlace(
  entries: readonly Message<"entry">[],
): ExternalPlace | { readonly why: string } {
  const values = new Map(entries.map(({ key, value }) => [key, value ?? ""]));
  const location = values.get("location") ?? "";
  if (location === "") return { why: "names no file for its data" };
  if (leavesFolder(location)) {
    return { why: `has its data in ${JSON.stringify(location)}, outside of the model's folder` };
  }
  const offset = wholeNumber(values.get("offset") ?? "0");
  const length = wholeNumber(values.get("length") ?? "0");
  if (offset === undefined || length === undefined) {
    return { why: `has its data at ${values.get("offset")}, ${values.get("length")} bytes` };
  }
  return { location, offset, ...(values.has("length") ? { length } : {}) };
}

/** Also as Windows reads paths: a model is made anywhere. */
export const leavesFolder = (location: string): boolean =>
  /^([/\\]|[A-Za-z]:)/.test(location) || location.split(/[/\\]/).includes("..") || location.includes("\0");

function wholeNumber(text: string): number | undefined {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

export const externalEntries = ({
  location,
  offset,
  length,
}: Required<ExternalPlace>): Message<"entry">[] => [
  { key: "location", value: location },
  { key: "offset", value: String(offset) },
  { key: "length", value: String(length) },
];
