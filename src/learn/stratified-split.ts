/** Items dealt into parts that hold every class, by a hash of seed and key: the same split whatever order they come in. */
import { createHash } from "node:crypto";
import { FrugalError } from "../core/error.ts";

/** How large a part is: so many of each class, or so many in all, classes in the shares that the items have. */
export type PartSize = { readonly perClass: number } | { readonly total: number };

export interface SplitOptions<T, P extends string> {
  readonly seed: number;
  /** Filled in this order; items that no part asks for are left out. */
  readonly parts: Readonly<Record<P, PartSize>>;
  readonly labelOf: (item: T) => string;
  /** Names an item for good (a file name, an id): no two items may share one. */
  readonly keyOf: (item: T) => string;
}

/**
 * @returns the parts, disjoint, each in an order that depends on seed and keys alone.
 * @throws "bad-data" when a key comes twice or there are too few items; "bad-option" for a size that is no count.
 */
export function stratifiedSplit<T, P extends string>(
  items: readonly T[],
  options: SplitOptions<T, P>,
): Record<P, T[]> {
  const names = Object.keys(options.parts) as P[];
  const byClass = ranked(items, options);
  const left = new Map([...byClass].map(([label, { length }]) => [label, length]));
  const parts = {} as Record<P, T[]>;
  for (const name of names) {
    const taken: Ranked<T>[] = [];
    for (const [label, count] of counts(name, options.parts[name], left)) {
      const all = byClass.get(label)!;
      const start = all.length - left.get(label)!;
      taken.push(...all.slice(start, start + count));
      left.set(label, left.get(label)! - count);
    }
    parts[name] = taken.sort(byRank).map(({ item }) => item);
  }
  return parts;
}

interface Ranked<T> {
  readonly item: T;
  readonly rank: string;
}

/** By code units: the order must not depend on the user's language. */
const byRank = (a: Ranked<unknown>, b: Ranked<unknown>): number => (a.rank < b.rank ? -1 : 1);

/** The items of each class, classes in alphabetical order, items in the order of their hash. */
function ranked<T, P extends string>(
  items: readonly T[],
  { seed, labelOf, keyOf }: SplitOptions<T, P>,
): Map<string, Ranked<T>[]> {
  const keys = new Set<string>();
  const byClass = new Map<string, Ranked<T>[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (keys.has(key)) {
      throw new FrugalError({
        code: "bad-data",
        what: `two items share the key ${key}`,
        why: "they could end in two parts, and a test on what was trained on proves nothing",
        remedy: "leave duplicates out, or give every item a key of its own",
      });
    }
    keys.add(key);
    const rank = createHash("sha256").update(`${seed}\n${key}`).digest("hex");
    const label = labelOf(item);
    const others = byClass.get(label);
    if (others === undefined) byClass.set(label, [{ item, rank }]);
    else others.push({ item, rank });
  }
  return new Map(
    [...byClass].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, all]) => [label, all.sort(byRank)]),
  );
}

/** How many of each class the part takes of what is left. */
function counts(name: string, size: PartSize, left: ReadonlyMap<string, number>): Map<string, number> {
  const wanted = "perClass" in size ? size.perClass : size.total;
  if (!Number.isSafeInteger(wanted) || wanted < 0) {
    throw new FrugalError({
      code: "bad-option",
      what: `the part ${name} cannot have ${wanted} items`,
      why: "a size is a whole number from 0 up",
      remedy: "correct the size",
    });
  }
  if ("perClass" in size) {
    for (const [label, count] of left)
      if (count < wanted) throw tooFew(name, wanted, count, ` of class ${label}`);
    return new Map([...left.keys()].map((label) => [label, wanted]));
  }
  const all = [...left.values()].reduce((sum, count) => sum + count, 0);
  if (all < wanted) throw tooFew(name, wanted, all, "");
  return proportional(left, wanted, all);
}

/** Largest remainder (Hamilton): whole parts of each quota first, then one more where the fraction is largest. */
function proportional(left: ReadonlyMap<string, number>, wanted: number, all: number): Map<string, number> {
  const quotas = [...left].map(([label, count]) => {
    const quota = all === 0 ? 0 : (wanted * count) / all;
    return { label, whole: Math.floor(quota), rest: quota - Math.floor(quota) };
  });
  let missing = wanted - quotas.reduce((sum, { whole }) => sum + whole, 0);
  const order = [...quotas].sort((a, b) => b.rest - a.rest || (a.label < b.label ? -1 : 1));
  const shares = new Map(quotas.map(({ label, whole }) => [label, whole]));
  for (const { label } of order) if (missing-- > 0) shares.set(label, shares.get(label)! + 1);
  return shares;
}

const tooFew = (name: string, wanted: number, there: number, which: string): FrugalError =>
  new FrugalError({
    code: "bad-data",
    what: `there are too few items${which} for the part ${name}`,
    why: `it takes ${wanted}, and ${there} are left`,
    remedy: "ask for less, or add items",
  });
