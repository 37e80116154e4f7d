/** The names of classes that a dataset shows; an example's class is its name's place. */
import { FrugalError } from "../../core/error.ts";
import { nearest } from "../../engines/nearest.ts";
import { type Dataset, placeOf } from "./open-dataset.ts";

type LabelledKind = "classification" | "multi-label" | "token-classification";
export type LabelledDataset = Extract<Dataset, { readonly kind: LabelledKind }>;

/** Labels of each example, in their order. */
export function labelsOf(dataset: LabelledDataset): readonly (readonly string[])[] {
  switch (dataset.kind) {
    case "classification":
      return dataset.examples.map(({ label }) => [label]);
    case "multi-label":
      return dataset.examples.map(({ labels }) => labels);
    case "token-classification":
      return dataset.examples.map(({ tags }) => tags);
    default:
      return dataset satisfies never;
  }
}

/** Every label once: numbers by value, others by code units, so that the order is the same everywhere. @throws "bad-data" for only one. */
export function labelNames(dataset: LabelledDataset): readonly string[] {
  const found = [...new Set(labelsOf(dataset).flat())];
  const numbered = found.every((name) => /^-?\d+$/.test(name));
  const names = numbered ? found.sort((a, b) => Number(a) - Number(b)) : found.sort();
  if (names.length >= 2 || (dataset.kind === "multi-label" && names.length === 1)) return names;
  throw new FrugalError({
    code: "bad-data",
    what: "there is nothing to tell apart",
    why: `all ${dataset.examples.length} examples of ${dataset.name} are labelled ${names[0] ?? "with nothing"}`,
    remedy:
      "add examples of at least one other class, or say which column holds the labels: --map label=COLUMN",
  });
}

/** @throws "bad-data" naming the place of a label that is not among `names`, such as one that only the test data have. */
export function classesOf(
  dataset: LabelledDataset,
  names: readonly string[],
): readonly (readonly number[])[] {
  const place = new Map(names.map((name, at) => [name, at]));
  return labelsOf(dataset).map((labels, at) =>
    labels.map((label) => {
      const found = place.get(label);
      if (found !== undefined) return found;
      const meant = nearest(label, names);
      throw new FrugalError({
        code: "bad-data",
        what: `${placeOf(dataset, at)}, has the label ${label}`,
        why: `the classes are ${names.slice(0, 20).join(", ")}${names.length > 20 ? " …" : ""}`,
        remedy: meant === undefined ? "leave it out, or train with examples of it" : `did you mean ${meant}?`,
      });
    }),
  );
}
