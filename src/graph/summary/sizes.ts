/** Numbers for the sizes that a model leaves open, so that its work and memory can be told before a run. */
import type { OnnxModel } from "../../formats/onnx/model.ts";

export interface Sizes {
  /** Of every symbol that has a number. */
  readonly bound: ReadonlyMap<string, number>;
  /** Those of them that nobody gave. */
  readonly assumed: ReadonlyMap<string, number>;
  /** Symbols without a number. */
  readonly open: readonly string[];
}

/** In the order of the inputs; one without a name is INPUT#AXIS, as the import calls it. */
export function openSizes({ graph }: OnnxModel): readonly string[] {
  const symbols = graph.inputs
    .filter(({ name }) => !graph.initializers.has(name))
    .flatMap(({ name, type }) =>
      type.kind === "tensor" ? (type.shape ?? []).map((side, axis) => side ?? `${name}#${axis}`) : [],
    );
  return [...new Set(symbols.filter((side) => typeof side === "string"))];
}

/** What a size is when nobody says: the first rule whose words are in its name. */
const ASSUMED: readonly (readonly [words: RegExp, size: number])[] = [
  [/past/i, 0],
  [/batch|#0$/i, 1],
  [/seq|token|length/i, 128],
];

/** @param given names of `openSizes` only. */
export function bindSizes(model: OnnxModel, given: ReadonlyMap<string, number>): Sizes {
  const symbols = openSizes(model);
  const bound = new Map(given);
  const assumed = new Map<string, number>();
  // Sums last: their parts must have their numbers.
  const isSum = (symbol: string): boolean => symbol.includes("+");
  for (const symbol of [...symbols.filter((one) => !isSum(one)), ...symbols.filter(isSum)]) {
    if (bound.has(symbol)) continue;
    const size = isSum(symbol) ? sumOf(symbol, bound) : ASSUMED.find(([words]) => words.test(symbol))?.[1];
    if (size === undefined) continue;
    bound.set(symbol, size);
    assumed.set(symbol, size);
  }
  return { bound, assumed, open: symbols.filter((symbol) => !bound.has(symbol)) };
}

/** `past_sequence_length + 1`, as exporters write the sizes of caches. */
function sumOf(symbol: string, bound: ReadonlyMap<string, number>): number | undefined {
  let sum = 0;
  for (const part of symbol.split("+").map((text) => text.trim())) {
    const size = /^\d{1,9}$/.test(part) ? Number(part) : bound.get(part);
    if (size === undefined) return undefined;
    sum += size;
  }
  return sum;
}
