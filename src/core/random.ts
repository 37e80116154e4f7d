/** Uniform numbers in [0, 1). Experiments take a seeded one, so that a receipt's seed repeats them. */
export interface Random {
  next(): number;
}

/** sfc32 (Chris Doty-Humphrey, PractRand): 128-bit state, passes BigCrush; seeded through splitmix32. */
export function seededRandom(seed: number): Random {
  let mixed = seed >>> 0;
  const splitmix = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = mixed ^ (mixed >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, counter] = [splitmix(), splitmix(), splitmix(), 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let round = 0; round < 12; round++) next();
  return { next };
}

/** Whole number in [0, bound). */
export const randomInt = (random: Random, bound: number): number => Math.floor(random.next() * bound);

/** Standard normal: Box and Muller 1958, "A Note on the Generation of Random Normal Deviates". */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** Fisher-Yates; the input stays as it is. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomInt(random, last + 1);
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

/** `size` hexadecimal digits. */
export const randomHex = (random: Random, size: number): string =>
  Array.from({ length: size }, () => randomInt(random, 16).toString(16)).join("");
