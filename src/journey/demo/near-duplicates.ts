/**
 * Texts that say the same: they would let a model meet its test items in training. Identical ones after normalizing, and those that
 * share most of their word triples, found by MinHash (Broder 1997, "On the resemblance and containment of documents").
 */

/** Part of shared word triples from which two texts count as the same: mass mails differ in names and numbers. */
const SAME_FROM = 0.8;
const WORDS_PER_SHINGLE = 3;
/** Hash functions, in bands: texts that agree in all of one band are compared in full. At 0.8, 8 bands of 4 find 98.5 % of pairs. */
const BANDS = 8;
const ROWS = 4;

export interface Distinct {
  /** Places of the texts that stay, rising: of equals the first. */
  readonly kept: readonly number[];
  readonly identical: number;
  readonly nearIdentical: number;
}

export function distinctTexts(texts: readonly string[]): Distinct {
  const seen = new Set<string>();
  /** Texts by band and the band's hashes. */
  const buckets = new Map<string, Set<number>[]>();
  const kept: number[] = [];
  let [identical, nearIdentical] = [0, 0];
  for (const [at, text] of texts.entries()) {
    const words = normalized(text);
    const key = words.join(" ");
    if (seen.has(key)) {
      identical++;
      continue;
    }
    seen.add(key);
    const shingles = shinglesOf(words);
    const places = bandsOf(shingles);
    if (
      places.some((place) => buckets.get(place)?.some((other) => resemblance(shingles, other) >= SAME_FROM))
    ) {
      nearIdentical++;
      continue;
    }
    for (const place of places) buckets.set(place, [...(buckets.get(place) ?? []), shingles]);
    kept.push(at);
  }
  return { kept, identical, nearIdentical };
}

/** Words without case, numbers, addresses and links, which differ between copies of one mass mail. */
const normalized = (text: string): string[] =>
  text
    .toLowerCase()
    .replaceAll(/\bhttps?:\/\/\S+|\bwww\.\S+|\S+@\S+/g, " ")
    .match(/\p{L}+/gu) ?? [];

function shinglesOf(words: readonly string[]): Set<number> {
  const hashes = words.map(hashOf);
  const shingles = new Set<number>();
  for (let at = 0; at + WORDS_PER_SHINGLE <= hashes.length; at++) {
    let mixed = 0;
    for (let word = 0; word < WORDS_PER_SHINGLE; word++) mixed = mix(mixed ^ hashes[at + word]!);
    shingles.add(mixed);
  }
  // Texts shorter than one shingle are one as a whole.
  if (shingles.size === 0) shingles.add(hashOf(words.join(" ")));
  return shingles;
}

/** The smallest hash of the set under each function, gathered by bands. */
function bandsOf(shingles: ReadonlySet<number>): string[] {
  const smallest = new Uint32Array(BANDS * ROWS).fill(0xffffffff);
  for (const shingle of shingles) {
    for (let at = 0; at < smallest.length; at++) {
      const hash = mix(shingle ^ Math.imul(at + 1, 0x9e3779b1));
      if (hash < smallest[at]!) smallest[at] = hash;
    }
  }
  return Array.from({ length: BANDS }, (_, band) =>
    [band, ...smallest.subarray(band * ROWS, (band + 1) * ROWS)].join(":"),
  );
}

/** Jaccard index: shared over all. */
function resemblance(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let shared = 0;
  for (const one of a) if (b.has(one)) shared++;
  return shared / (a.size + b.size - shared);
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Finalizer of MurmurHash3 (Appleby): every input bit moves every output bit. */
function mix(value: number): number {
  let z = value ^ (value >>> 16);
  z = Math.imul(z, 0x85ebca6b);
  z ^= z >>> 13;
  z = Math.imul(z, 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
