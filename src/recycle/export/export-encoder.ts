/** A tuned encoder for transformers and transformers.js. */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { Builder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Sizes } from "../../graph/passes/generalize-sizes.ts";
import {
  type AdaptedEncoder,
  type HeadOf,
  headOf,
  openAdaptedEncoder,
} from "../../learn/lora/adapted-encoder.ts";
import type { Adapter } from "../../learn/lora/adapter.ts";
import type { EncoderAdapterTask } from "../../learn/lora/adapter-task.ts";
import type { ExportJob, ExportTarget } from "../../learn/lora/export-adapter.ts";
import { mergeIntoGraph } from "../../learn/lora/merge-graph.ts";
import { taskConfig } from "../../learn/lora/task-config.ts";
import type { PlainFeeds } from "../../learn/train/graph-trainer.ts";
import type { ExportOrder } from "./export-messages.ts";
import { wholeNumbers } from "./probe.ts";

/** What the exports of one model share, and a target for each. */
export interface PreparedExport {
  readonly job: Omit<ExportJob, "scratch">;
  targetOf(order: ExportOrder): ExportTarget;
}

const PROBE: Sizes = { rows: 2, length: 12 };

/** @throws as `openAdaptedEncoder`; "export-refused" for a base or a head that the formats have no place for. */
export async function prepareEncoder(
  files: Files,
  {
    base,
    adapter,
    task,
  }: { readonly base: string; readonly adapter: Adapter; readonly task: EncoderAdapterTask },
): Promise<PreparedExport> {
  const adapted = await openAdaptedEncoder(files, base, adapter, task);
  const { encoder } = adapted;
  const head = task.task === "sentence-similarity" ? hiddenStates : headOf(task);
  const sizes = { ...PROBE, length: Math.min(PROBE.length, encoder.limits.positions) };
  return {
    job: {
      adapter: adapted.adapter,
      forwardOf: (weights) => adapted.forwardOf(sizes, head, weights),
      probe: probeOf(adapted, sizes),
    },
    targetOf({ format, out }) {
      const config = taskConfig(task, encoder.type);
      if (format === "merged") {
        if (encoder.paths.some((path) => path.endsWith(".onnx")))
          throw refused(base, "its weights lie in an ONNX file, under names of their own", "use onnx");
        if (task.task === "text-classification" && task.pooling === "mean") {
          throw refused(
            base,
            "its head reads the mean of the tokens, which no class of transformers does",
            "use onnx, whose file holds the head",
          );
        }
        return { format, out, base, config };
      }
      const graphAt = (at: Sizes): Graph =>
        mergeIntoGraph(named(adapted, task, { sizes: at, head }), adapted.adapter);
      return { format: "onnx", out, base, config, sizes, graphAt, longest: encoder.limits.positions };
    },
  };
}

const hiddenStates: HeadOf = ({ hidden }) => hidden;

/** With the output that transformers.js looks for, in its shape. */
function named(
  { forwardOf }: AdaptedEncoder,
  { task }: EncoderAdapterTask,
  { sizes, head }: { readonly sizes: Sizes; readonly head: HeadOf },
): Graph {
  const graph = forwardOf(sizes, head);
  const build = new Builder("model", { ...graph, outputs: [] });
  const answers = graph.outputs[0]!;
  if (task === "text-classification")
    return build.build([build.addNamed("Identity", [answers], {}, "logits")]);
  const shape = build.ints([sizes.rows, sizes.length, build.shape(answers)[1] as number]);
  const name = task === "token-classification" ? "logits" : "last_hidden_state";
  return build.build([build.addNamed("Reshape", [answers, shape], {}, name)]);
}

/** The second row ends earlier. */
function probeOf({ encoder: { limits } }: AdaptedEncoder, { rows, length }: Sizes): PlainFeeds {
  const shape = [rows, length];
  return {
    input_ids: wholeNumbers(shape, (_, random) => Math.floor(random.next() * limits.vocabulary)),
    attention_mask: wholeNumbers(shape, (at) => (at < length + Math.ceil(length / 2) ? 1 : 0)),
    ...(limits.types > 0 && { token_type_ids: wholeNumbers(shape, () => 0) }),
  };
}

const refused = (base: string, why: string, remedy: string): FrugalError =>
  new FrugalError({
    code: "export-refused",
    what: `the adapter on ${base} cannot be exported so`,
    why,
    remedy,
  });
