import { type FetchWorld, failed, fetchText } from "./fetch-text.ts";

/** Our choice: the end of a run must not wait long for a network. */
const TIMEOUT_MS = 5_000;

/** Reads an untyped JSON answer field by field; anything of another shape throws "carbon-source-failed". */
export interface SourceJson {
  list(key: string): readonly SourceJson[];
  object(key: string): SourceJson;
  /** Finite and not negative; null counts as absent. */
  amount(key: string): number | undefined;
  /** Seconds since 1970 of an ISO 8601 text. */
  time(key: string): number;
  flag(key: string): boolean;
}

export async function fetchSource(
  world: FetchWorld,
  request: {
    readonly url: string;
    readonly name: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal;
  },
): Promise<SourceJson> {
  const text = await fetchText(world, { ...request, timeoutMs: TIMEOUT_MS });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failed(request.name, "the answer is not JSON");
  }
  return sourceAt(value, request.name);
}

function sourceAt(value: unknown, name: string): SourceJson {
  const odd = (what: string) =>
    failed(name, `the answer has no ${what}: its shape is not the documented one`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw odd("object");
  const at = (key: string): unknown => (value as Record<string, unknown>)[key];
  return {
    list(key) {
      const found = at(key);
      if (!Array.isArray(found)) throw odd(`list ${key}`);
      return found.map((each) => sourceAt(each, name));
    },
    object: (key) => sourceAt(at(key), name),
    amount(key) {
      const found = at(key);
      if (found === null || found === undefined) return undefined;
      if (typeof found !== "number" || !Number.isFinite(found) || found < 0) throw odd(`usable ${key}`);
      return found;
    },
    time(key) {
      const found = at(key);
      const milliseconds = typeof found === "string" ? Date.parse(found) : Number.NaN;
      if (Number.isNaN(milliseconds)) throw odd(`usable ${key}`);
      return milliseconds / 1_000;
    },
    flag: (key) => at(key) === true,
  };
}
