/** Examples to learn from, and the classes that they show. */
import { FrugalError } from "../core/error.ts";

export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

export interface Classes {
  /** Every label once, sorted: an item's class is its label's place here. */
  readonly labels: readonly string[];
  /** The class of each example, in their order. */
  readonly classOf: Uint32Array;
}

/** @throws "empty-input" without examples; "bad-data" for one class only, or what is no text or no label. */
export function classesOf(examples: readonly LabelledText[]): Classes {
  if (examples.length === 0) {
    throw new FrugalError({
      code: "empty-input",
      what: "there is nothing to learn from",
      why: "no labelled text was given",
      remedy: "give labelled texts of at least two classes",
    });
  }
  for (const [at, example] of examples.entries()) {
    // Callers in plain JavaScript have no compiler to tell them.
    const { text, label } = (example ?? {}) as { text: unknown; label: unknown };
    if (typeof text !== "string") throw badExample(at, `its text is ${describe(text)}`);
    if (typeof label !== "string") throw badExample(at, `its label is ${describe(label)}`);
    if (label.trim() === "") throw badExample(at, "its label is empty");
    if (/\p{Surrogate}/u.test(label)) throw badExample(at, "its label holds half of a character");
  }
  const labels = [...new Set(examples.map(({ label }) => label))].sort();
  if (labels.length < 2) {
    throw new FrugalError({
      code: "bad-data",
      what: "there is nothing to tell apart",
      why: `all ${examples.length} examples are labelled ${labels[0]}`,
      remedy: "add examples of at least one other class",
    });
  }
  const place = new Map(labels.map((label, index) => [label, index]));
  return { labels, classOf: Uint32Array.from(examples, ({ label }) => place.get(label)!) };
}

const describe = (value: unknown): string =>
  value === undefined ? "missing" : `${JSON.stringify(value)}, not a text`;

const badExample = (at: number, why: string): FrugalError =>
  new FrugalError({
    code: "bad-data",
    what: `example ${at + 1} cannot be used`,
    why,
    remedy: "give every example a text and a label, both as text",
  });
