/** What is wrong with examples, or odd, in words: each with what can be done about it. */
import { duplicates, labelBalance, leaks, type PlacePair, tagScheme, unseenLabels } from "./dataset-facts.ts";
import type { EncodedSequences } from "./encode-sequences.ts";
import type { LabelledDataset } from "./label-names.ts";
import type { Dataset } from "./open-dataset.ts";
import { keptShare, type VocabularyFacts } from "./token-facts.ts";

export interface Finding {
  /** "refuse": nothing good can come of it; "warn": the result will be worse than it could be, or look better than it is. */
  readonly severity: "refuse" | "warn" | "note";
  readonly what: string;
  readonly remedy: string;
}

/** A class of fewer examples is hardly learned, and hardly judged. */
const FEW = 8;
/** Answering with one class alone would be right so often. */
const ONE_SIDED = 0.9;

/** @param held examples that the model is judged by. */
export function datasetFindings(train: Dataset, held?: Dataset): readonly Finding[] {
  const { same, conflicts } = duplicates(train);
  const found: (Finding | false)[] = [
    same.count > 0 && {
      severity: "note",
      what: `${counted(same.count, "example")} of ${train.examples.length} in ${train.name} ${same.count === 1 ? "asks" : "ask"} what an earlier one asks (${pairs(same.places)})`,
      remedy: "leave copies out, unless they shall weigh more",
    },
    conflicts.count > 0 && {
      severity: "warn",
      what: `${counted(conflicts.count, "example")} in ${train.name} ${conflicts.count === 1 ? "contradicts" : "contradict"} an earlier one (${pairs(conflicts.places)})`,
      remedy: "decide which answer is right: no model can give both",
    },
  ];
  if (held !== undefined) {
    const { count, places } = leaks(train, held);
    found.push(
      count > 0 && {
        severity: "warn",
        what: `${counted(count, "example")} of ${held.examples.length} to judge by ${count === 1 ? "was" : "were"} trained on (${pairs(places)})`,
        remedy: "leave them out on one side: what is known by heart proves nothing",
      },
    );
  }
  if (isLabelled(train)) found.push(...labelFindings(train, held));
  return found.filter((finding) => finding !== false);
}

function labelFindings(train: LabelledDataset, held: Dataset | undefined): readonly (Finding | false)[] {
  const balance = labelBalance(train);
  const rare = balance.filter(({ count }) => count < FEW).map(({ label, count }) => `${label}: ${count}`);
  const [most] = balance;
  const unseen = held !== undefined && isLabelled(held) ? unseenLabels(train, held) : [];
  const { broken } =
    train.kind === "token-classification" ? tagScheme(train.examples.map(({ tags }) => tags)) : { broken: 0 };
  return [
    rare.length > 0 && {
      severity: "warn",
      what: `${counted(rare.length, "label")} of ${balance.length} ${rare.length === 1 ? "has" : "have"} fewer than ${FEW} examples (${few(rare)})`,
      remedy: "add examples of them, or put labels together",
    },
    train.kind === "classification" &&
      most !== undefined &&
      most.share > ONE_SIDED && {
        severity: "warn",
        what: `${Math.floor(100 * most.share)} % of examples are labelled ${most.label}: a model that always says so looks good`,
        remedy: "judge by F1, not by accuracy, and add examples of the others",
      },
    unseen.length > 0 && {
      severity: "refuse",
      what: `${counted(unseen.length, "label")} to judge by ${unseen.length === 1 ? "has" : "have"} no example to learn from (${few(unseen)})`,
      remedy: "add examples of them to the training data, or leave them out",
    },
    broken > 0 && {
      severity: "warn",
      what: `${counted(broken, "tag")} in ${train.name} ${broken === 1 ? "goes" : "go"} on with a span that nothing began (I- without B-)`,
      remedy: "begin each span with B-",
    },
  ];
}

/** Of sequences for decoders. */
export function sequenceFindings(
  { sequences, truncated, dropped, split, stops }: EncodedSequences,
  vocabulary?: VocabularyFacts,
): readonly Finding[] {
  const share = keptShare(sequences);
  const found: (Finding | false)[] = [
    vocabulary !== undefined && unknownTokens(vocabulary),
    dropped > 0 && {
      severity: "warn",
      what: `${counted(dropped, "example")} ${dropped === 1 ? "is" : "are"} left out: nothing that is learned is left after the cut`,
      remedy: "allow longer sequences, or shorten what comes before the answers",
    },
    truncated > dropped && {
      severity: "warn",
      what: `${counted(truncated - dropped, "example")} ${truncated - dropped === 1 ? "loses its" : "lose their"} end`,
      remedy: "allow longer sequences: of what is cut, the model does not learn to stop",
    },
    share < 0.01 && {
      severity: "warn",
      what: `only ${(100 * share).toFixed(2)} % of the tokens are learned`,
      remedy: "look at the preview: are these the answers that you mean?",
    },
    stops.missing > 0 && {
      severity: "warn",
      what: `${counted(stops.missing, "answer")} within conversations ${stops.missing === 1 ? "ends" : "end"} with no token that stops the model`,
      remedy:
        "take a chat template that writes one (--chat-template chatml), or give each answer as an example of its own",
    },
    stops.appended > 0 && {
      severity: "note",
      what: `the end-of-text token was put behind ${counted(stops.appended, "example")}, so that the model learns to stop`,
      remedy: "nothing needs to be done",
    },
    split > 0 && {
      severity: "note",
      what: `${counted(split, "conversation")} became one sequence for each answer, as the chat template writes earlier answers in another way`,
      remedy: "nothing needs to be done",
    },
  ];
  return found.filter((finding) => finding !== false);
}

/** Tokens without a row in the model would read behind the end of its table. */
function unknownTokens({ beyond, ids, tokenizer, rows }: VocabularyFacts): Finding | false {
  return (
    beyond > 0 && {
      severity: "refuse",
      what: `${counted(beyond, "token")} of the data ${beyond === 1 ? "has" : "have"} no row in the model (${ids.join(", ")}): the tokenizer knows ${tokenizer} tokens, the model ${rows}`,
      remedy:
        "use the tokenizer that belongs to the model; added tokens need a model that was trained with them",
    }
  );
}

const isLabelled = (dataset: Dataset): dataset is LabelledDataset =>
  ["classification", "multi-label", "token-classification"].includes(dataset.kind);

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
const pairs = (places: readonly PlacePair[]): string => few(places.map(([a, b]) => `${a} and ${b}`));

const MOST_NAMED = 3;
const few = (names: readonly string[]): string =>
  `${names.slice(0, MOST_NAMED).join("; ")}${names.length > MOST_NAMED ? " …" : ""}`;
