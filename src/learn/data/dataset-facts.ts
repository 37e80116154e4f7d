/** What should be known of examples before anything is trained on them. */
import { inputTexts } from "./input-text.ts";
import { type LabelledDataset, labelsOf } from "./label-names.ts";
import type { Dataset } from "./open-dataset.ts";

/** Two places of one file, or of two. */
export type PlacePair = readonly [number, number];

export interface Repeats {
  readonly count: number;
  /** The first few. */
  readonly places: readonly PlacePair[];
}

const MOST_SHOWN = 5;

/** Examples that ask what an earlier one asks. `conflicts`: those that answer it differently. */
export function duplicates(dataset: Dataset): { readonly same: Repeats; readonly conflicts: Repeats } {
  const first = new Map<string, number>();
  const [same, conflicts]: [PlacePair[], PlacePair[]] = [[], []];
  for (const [at, text] of inputTexts(dataset).entries()) {
    const earlier = first.get(text);
    if (earlier === undefined) {
      first.set(text, at);
      continue;
    }
    const pair = [dataset.places[earlier]!, dataset.places[at]!] as const;
    const answers = [earlier, at].map((place) => answerOf(dataset, place));
    (answers[0] === answers[1] ? same : conflicts).push(pair);
  }
  return { same: repeats(same), conflicts: repeats(conflicts) };
}

/** Test examples that ask what a training example asks: what a model knows by heart proves nothing. Pairs of places, training first. */
export function leaks(train: Dataset, test: Dataset): Repeats {
  const known = new Map(inputTexts(train).map((text, at) => [text, train.places[at]!]));
  return repeats(
    inputTexts(test).flatMap((text, at): PlacePair[] => {
      const found = known.get(text);
      return found === undefined ? [] : [[found, test.places[at]!]];
    }),
  );
}

const repeats = (places: readonly PlacePair[]): Repeats => ({
  count: places.length,
  places: places.slice(0, MOST_SHOWN),
});

/** All but what is asked, as one text; conversations and texts have no answer that could contradict another. */
function answerOf(dataset: Dataset, at: number): string {
  switch (dataset.kind) {
    case "classification":
    case "multi-label":
    case "token-classification":
      return JSON.stringify(labelsOf(dataset)[at]);
    case "regression":
    case "scored-pair":
      return String(dataset.examples[at]!.value);
    case "chat":
    case "completion":
    case "text":
    case "similar":
      return "";
    default:
      return dataset satisfies never;
  }
}

export interface LabelShare {
  readonly label: string;
  readonly count: number;
  readonly share: number;
}

/** How often each label comes, the most frequent first. */
export function labelBalance(dataset: LabelledDataset): readonly LabelShare[] {
  const counts = new Map<string, number>();
  for (const label of labelsOf(dataset).flat()) counts.set(label, (counts.get(label) ?? 0) + 1);
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts]
    .map(([label, count]) => ({ label, count, share: count / all }))
    .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1));
}

/** Labels of `test` that no training example has: nobody can learn them. */
export function unseenLabels(train: LabelledDataset, test: LabelledDataset): readonly string[] {
  const seen = new Set(labelsOf(train).flat());
  return [...new Set(labelsOf(test).flat())].filter((label) => !seen.has(label)).sort();
}

export interface TagScheme {
  /** Tags of spans (B- begins one, I- goes on, O is outside), or a tag of its own for each word. */
  readonly scheme: "bio" | "plain";
  /** Tags that go on with a span that nothing began. */
  readonly broken: number;
}

export function tagScheme(tags: readonly (readonly string[])[]): TagScheme {
  const all = new Set(tags.flat());
  const spans = [...all].every((tag) => tag === "O" || /^[BI]-./.test(tag));
  if (!spans || ![...all].some((tag) => tag.startsWith("B-"))) return { scheme: "plain", broken: 0 };
  let broken = 0;
  for (const sentence of tags) {
    for (const [at, tag] of sentence.entries()) {
      if (tag.startsWith("I-") && sentence[at - 1]?.slice(2) !== tag.slice(2)) broken++;
    }
  }
  return { scheme: "bio", broken };
}
