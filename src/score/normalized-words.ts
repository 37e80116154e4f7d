/**
 * The words of an English transcript, so that spelling habits do not count as errors. The steps are those of the normalizer that
 * came with Whisper (Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision", appendix C), without its table of
 * British and American spellings and with numbers only up to 99.
 */
const FILLERS: ReadonlySet<string> = new Set(["hmm", "mm", "mhm", "mmm", "uh", "um"]);

const TITLES: Readonly<Record<string, string>> = {
  mr: "mister",
  mrs: "missus",
  dr: "doctor",
  st: "saint",
  prof: "professor",
  capt: "captain",
};

/** In order: the general endings come after the words that they would spoil. */
const CONTRACTIONS: readonly (readonly [RegExp, string])[] = [
  [/\bwon't\b/g, "will not"],
  [/\bcan't\b/g, "can not"],
  [/\bshan't\b/g, "shall not"],
  [/\blet's\b/g, "let us"],
  [/\by'all\b/g, "you all"],
  [/n't\b/g, " not"],
  [/'re\b/g, " are"],
  [/'ll\b/g, " will"],
  [/'ve\b/g, " have"],
  [/'m\b/g, " am"],
  [/\b(it|he|she|that|there|what|who|where|how)'s\b/g, "$1 is"],
];

const SMALL = [
  "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
  "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]; // biome-ignore format: one table
const TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

export function normalizedWords(text: string): string[] {
  let plain = text
    .normalize("NFKD")
    .replaceAll(/\p{Mn}/gu, "")
    .toLowerCase()
    .replaceAll(/[’‘`]/g, "'")
    .replaceAll(/[<[][^>\]]*[>\]]|\([^)]*\)/g, " ");
  for (const [pattern, written] of CONTRACTIONS) plain = plain.replaceAll(pattern, written);
  const words = plain
    .replaceAll(/(\d),(?=\d)/g, "$1")
    // A point stays within a number; apostrophes stay within a word.
    .replaceAll(/(?<!\d)\.|\.(?!\d)/g, " ")
    .replaceAll(/(?<![\p{L}\d])'|'(?![\p{L}\d])/gu, " ")
    .replaceAll(/[^\p{L}\d'.]+/gu, " ")
    .split(" ")
    .filter((word) => word !== "" && !FILLERS.has(word))
    .map((word) => TITLES[word] ?? word);
  return withDigits(words);
}

/** `twenty one` → `21`, `seven` → `7`. */
function withDigits(words: readonly string[]): string[] {
  const result: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const tens = TENS.indexOf(words[at]!);
    const small = SMALL.indexOf(words[at]!);
    const unit = SMALL.indexOf(words[at + 1] ?? "");
    if (tens >= 0 && unit > 0 && unit < 10) {
      result.push(String((tens + 2) * 10 + unit));
      at++;
    } else if (tens >= 0) result.push(String((tens + 2) * 10));
    else result.push(small >= 0 ? String(small) : words[at]!);
  }
  return result;
}
