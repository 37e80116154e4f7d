/** What config.json says of a tuned encoder otherwise than of its base. */
import { headConfig } from "../../models/encoder/class-names.ts";
import type { JsonObject } from "../../models/read-model-json.ts";
import type { EncoderAdapterTask } from "./adapter-task.ts";

type Facts = Pick<EncoderAdapterTask, "task" | "layout" | "labels">;

/** @param type model_type of the base. */
export function taskConfig({ task, layout, labels }: Facts, type: string): JsonObject {
  if (task === "sentence-similarity") return {};
  const problem =
    layout === "number"
      ? "regression"
      : layout === "multi"
        ? "multi_label_classification"
        : "single_label_classification";
  const what = task === "token-classification" ? "tokens" : "rows";
  return headConfig({ type, what, labels: layout === "number" ? ["LABEL_0"] : labels, problem });
}
