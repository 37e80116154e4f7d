/** What the demo knows of a way to sort texts: it learns, it classifies, it can be kept. */
import type { Progress } from "../../core/progress.ts";
import type { LabelledText } from "../../learn/labelled-text.ts";
import type { FileDigest } from "../../receipt/receipt.ts";
import type { ChoiceCandidate } from "../../score/choice-report.ts";

export interface TrainedText {
  /** One label per text, in order. */
  classify(texts: readonly string[], signal?: AbortSignal): Promise<readonly string[]>;
  /** Writes a folder that `frugal run` opens; left out where there is nothing to keep. */
  save?(folder: string): Promise<void>;
  /** Bytes that running it needs. */
  sizeB(): number;
}

export interface TextCandidate
  extends Pick<ChoiceCandidate, "id" | "label" | "kind" | "description" | "model" | "notes"> {
  train(examples: readonly LabelledText[], signal?: AbortSignal): Promise<TrainedText>;
  /** Versions of what does the work, for receipts. */
  readonly engines?: Readonly<Record<string, string>>;
  /** Costly work on texts that all seeds share. */
  readonly shared?: SharedWork;
}

export interface SharedWork {
  /** `embedding`: what progress calls it. */
  readonly name: string;
  readonly files?: readonly FileDigest[];
  prepare(texts: readonly string[], signal?: AbortSignal, progress?: Progress): Promise<void>;
  /** From now on the work is done anew for every text: energy is measured on real work. */
  forget(): void;
}

/** No model at all: always the label that was most frequent in training, of equals the first by name. */
export const majority: TextCandidate = {
  id: "majority",
  label: "no model: always the most frequent label",
  kind: "baseline",
  description: "Says the most frequent label of the training mails for every mail, without reading it.",
  notes: [],
  async train(examples) {
    const counts = new Map<string, number>();
    for (const { label } of examples) counts.set(label, (counts.get(label) ?? 0) + 1);
    const [first] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    return {
      classify: async (texts) => texts.map(() => first?.[0] ?? ""),
      sizeB: () => 0,
    };
  },
};
