import { FrugalError } from "../../core/error.ts";

/** Parses what a user wrote as JSON, key by key: a wrong or unknown key is named with its path. */
export interface ConfigObject {
  /** Number within bounds; undefined when the key is absent. */
  number(key: string, bounds: { readonly from: number; readonly to?: number }): number | undefined;
  /** Text that is not empty. */
  text(key: string): string | undefined;
  oneOf<T extends string>(key: string, values: readonly T[]): T | undefined;
  object(key: string): ConfigObject | undefined;
  list(key: string): readonly ConfigObject[] | undefined;
  /** Throws for keys that nothing has read: a misspelt key must not be silently without effect. */
  close(): void;
  /** The error for a value that is well-formed but does not fit. */
  unfit(key: string, why: string): FrugalError;
}

/** @param file how errors name the whole. Throws "bad-data". */
export function parseConfig(text: string, file: string): ConfigObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw badConfig(file, `it is not JSON (${thrown instanceof Error ? thrown.message : thrown})`, thrown);
  }
  return objectAt(value, file, "");
}

function objectAt(value: unknown, file: string, path: string): ConfigObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badConfig(file, `${path === "" ? "it" : path} is not an object`);
  }
  const read = new Set<string>();
  const pathOf = (key: string): string => (path === "" ? key : `${path}.${key}`);
  const unfit = (key: string, why: string): FrugalError => badConfig(file, `${pathOf(key)} ${why}`);
  const at = (key: string): unknown => {
    read.add(key);
    return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  };
  return {
    number(key, { from, to = Number.POSITIVE_INFINITY }) {
      const found = at(key);
      if (found === undefined) return undefined;
      if (typeof found === "number" && found >= from && found <= to) return found;
      throw unfit(
        key,
        `is not a number ${to === Number.POSITIVE_INFINITY ? `from ${from} up` : `from ${from} to ${to}`}`,
      );
    },
    text(key) {
      const found = at(key);
      if (found === undefined || (typeof found === "string" && found !== "")) return found;
      throw unfit(key, "is not a text");
    },
    oneOf(key, values) {
      const found = at(key);
      if (found === undefined) return undefined;
      const known = values.find((each) => each === found);
      if (known === undefined) throw unfit(key, `is not one of ${values.join(", ")}`);
      return known;
    },
    object(key) {
      const found = at(key);
      return found === undefined ? undefined : objectAt(found, file, pathOf(key));
    },
    list(key) {
      const found = at(key);
      if (found === undefined) return undefined;
      if (!Array.isArray(found)) throw unfit(key, "is not a list");
      return found.map((each, index) => objectAt(each, file, `${pathOf(key)}[${index}]`));
    },
    close() {
      const unknown = Object.keys(value).find((key) => !read.has(key));
      if (unknown !== undefined) throw unfit(unknown, `is not known; known here: ${[...read].join(", ")}`);
    },
    unfit,
  };
}

const badConfig = (file: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "bad-data",
    what: file,
    why,
    remedy: 'correct it (docs/carbon.md lists the keys; the least is {"zone": "FR"}), or remove the file',
    cause,
  });
