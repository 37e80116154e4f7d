/** What transformers calls an encoder's classes and the front of its weights' names (huggingface/transformers, models/*\/modeling_*.py). */
interface Family {
  readonly stem: string;
  /** Before the encoder's names in models with a head (base_model_prefix). */
  readonly prefix: string;
}

const FAMILIES: Readonly<Record<string, Family | undefined>> = {
  bert: { stem: "Bert", prefix: "bert." },
  roberta: { stem: "Roberta", prefix: "roberta." },
  "xlm-roberta": { stem: "XLMRoberta", prefix: "roberta." },
  distilbert: { stem: "DistilBert", prefix: "distilbert." },
  modernbert: { stem: "ModernBert", prefix: "model." },
  vit: { stem: "ViT", prefix: "vit." },
};

/** "" for families that are not known. @param type model_type of config.json. */
export const encoderPrefix = (type: string): string => FAMILIES[type]?.prefix ?? "";

export interface HeadFacts {
  /** model_type of config.json. */
  readonly type: string;
  readonly what: "rows" | "tokens";
  /** By number; a regression has one. */
  readonly labels: readonly string[];
  readonly problem: "single_label_classification" | "multi_label_classification" | "regression";
}

/** What config.json says of a head: the class that loads it, and its labels. */
export function headConfig({ type, what, labels, problem }: HeadFacts): Readonly<Record<string, unknown>> {
  const stem = FAMILIES[type]?.stem;
  const kind =
    type === "vit"
      ? "ImageClassification"
      : what === "rows"
        ? "SequenceClassification"
        : "TokenClassification";
  return {
    ...(stem !== undefined && { architectures: [`${stem}For${kind}`] }),
    id2label: Object.fromEntries(labels.map((label, at) => [String(at), label])),
    label2id: Object.fromEntries(labels.map((label, at) => [label, at])),
    ...(what === "rows" && { problem_type: problem }),
  };
}
