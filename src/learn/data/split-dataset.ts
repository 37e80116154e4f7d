/** Examples for training, and others to see whether something was learned: the same ones whenever it is run again. */
import { createHash } from "node:crypto";
import { FrugalError } from "../../core/error.ts";
import { stratifiedSplit } from "../stratified-split.ts";
import { inputTexts } from "./input-text.ts";
import { labelsOf } from "./label-names.ts";
import { type Dataset, pickExamples } from "./open-dataset.ts";

export interface Split {
  readonly train: Dataset;
  readonly validation: Dataset;
}

/**
 * Examples that ask the same go to the same part, so that nothing is tested that was trained on. Classes have the same shares in both.
 * @param share of what is asked, for validation. @throws "bad-option"; "bad-data" where a part would be empty.
 */
export function splitDataset(dataset: Dataset, { seed, share }: { seed: number; share: number }): Split {
  if (!(share > 0 && share < 1)) {
    throw new FrugalError({
      code: "bad-option",
      what: `a share of ${share} cannot be held back`,
      why: "it lies between 0 and 1",
      remedy: "give a share such as 0.1",
    });
  }
  const groups = groupsOf(dataset);
  const total = Math.max(1, Math.round(groups.length * share));
  if (total >= groups.length) {
    throw new FrugalError({
      code: "bad-data",
      what: `${dataset.name} cannot be parted`,
      why:
        groups.length === 1
          ? "all of its examples ask the same"
          : `it has ${groups.length} different examples`,
      remedy: "add examples, or name a file of its own for validation",
    });
  }
  const parts = stratifiedSplit(groups, {
    seed,
    parts: { validation: { total }, train: { total: groups.length - total } },
    labelOf: ({ label }) => label,
    keyOf: ({ key }) => key,
  });
  const pick = (part: readonly Group[]): Dataset =>
    pickExamples(
      dataset,
      part.flatMap(({ members }) => members).sort((a, b) => a - b),
    );
  return { train: pick(parts.train), validation: pick(parts.validation) };
}

interface Group {
  readonly key: string;
  readonly label: string;
  readonly members: number[];
}

function groupsOf(dataset: Dataset): readonly Group[] {
  const labels = dataset.kind === "classification" ? labelsOf(dataset) : undefined;
  const groups = new Map<string, Group>();
  for (const [at, text] of inputTexts(dataset).entries()) {
    const group = groups.get(text);
    if (group === undefined) {
      const key = createHash("sha256").update(text).digest("hex");
      groups.set(text, { key, label: labels?.[at]?.[0] ?? "", members: [at] });
    } else group.members.push(at);
  }
  return [...groups.values()];
}
