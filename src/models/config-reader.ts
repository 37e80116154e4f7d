/** A model's config.json, read with the checks that its values need. */
import { FrugalError } from "../core/error.ts";

export interface ConfigReader {
  readonly file: string;
  /** A whole number above zero. */
  count(key: string, otherwise?: number): number;
  optionalCount(key: string): number | undefined;
  number(key: string, otherwise?: number): number;
  flag(key: string, otherwise: boolean): boolean;
  text(key: string, otherwise?: string): string;
  /** undefined where there is none, or null. */
  section(key: string): ConfigReader | undefined;
  has(key: string): boolean;
  wrong(why: string): FrugalError;
  unsupported(why: string): FrugalError;
}

/** @throws "bad-model" when `json` is no object; its methods throw the same for values that cannot be. */
export function readConfig(file: string, json: unknown): ConfigReader {
  const wrong = (why: string): FrugalError =>
    new FrugalError({
      code: "bad-model",
      what: `${file} cannot be used`,
      why,
      remedy: "copy or download the model again",
    });
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw wrong("it is not a JSON object");
  const values = json as Readonly<Record<string, unknown>>;
  function take<T>(
    key: string,
    kind: string,
    fits: (value: unknown) => value is T,
    otherwise: T | undefined,
  ): T {
    const value = values[key] ?? otherwise;
    if (value === undefined) throw wrong(`it has no ${key}`);
    if (!fits(value)) throw wrong(`its ${key} is ${JSON.stringify(value)} instead of ${kind}`);
    return value;
  }
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
  const reader: ConfigReader = {
    file,
    count: (key, otherwise) => take(key, "a whole number above 0", isCount, otherwise),
    optionalCount: (key) => (reader.has(key) ? reader.count(key) : undefined),
    number: (key, otherwise) =>
      take(key, "a number", (value): value is number => Number.isFinite(value), otherwise),
    flag: (key, otherwise) => take(key, "true or false", (value) => typeof value === "boolean", otherwise),
    text: (key, otherwise) => take(key, "a text", (value) => typeof value === "string", otherwise),
    section: (key) => (reader.has(key) ? readConfig(`${key} of ${file}`, values[key]) : undefined),
    has: (key) => (values[key] ?? undefined) !== undefined,
    wrong,
    unsupported: (why) =>
      new FrugalError({
        code: "graph-unsupported",
        what: `${file} describes a model that cannot be built here`,
        why,
        remedy: "export it to ONNX, or choose another model of the families in docs/graph.md",
      }),
  };
  return reader;
}
