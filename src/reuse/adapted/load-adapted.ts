/** A model with an adapter as an engine (child side). */
import type { Files } from "../../core/ports.ts";
import { VERSION } from "../../core/version.ts";
import type { AdaptedRequest } from "../../engines/engine-messages.ts";
import { requireEngine } from "../../engines/require-engine.ts";
import type { LoadedEngine } from "../../engines/serve-engine.ts";
import { parseTask } from "../../learn/lora/adapter-task.ts";
import { readPeftFolder } from "../../learn/lora/peft-folder.ts";
import { openTokenizer } from "../../models/open-tokenizer.ts";
import { openDecoderRun } from "./run-decoder.ts";
import { openEncoderRun } from "./run-encoder.ts";

/** @throws what reading adapter, base and tokenizer throws; "adapter-mismatch"; "engine-missing". */
export async function loadAdapted(files: Files, request: AdaptedRequest): Promise<LoadedEngine> {
  const { env } = await requireEngine("onnxruntime-node", async () => await import("onnxruntime-node"));
  const { task, base, tokenizerFolder, scratch, today, maxTokens } = request;
  const { adapter } = await readPeftFolder(files, request.adapter);
  const tokenizer = await openTokenizer(files, tokenizerFolder);
  const common = { adapter, base, tokenizer, scratch, ...(maxTokens !== undefined && { maxTokens }) };
  const told = parseTask(request.adapter, task);
  const { run, paths } =
    told.task === "causal-lm"
      ? await openDecoderRun(files, { ...common, task: told, tokenizerFolder, today: new Date(today) })
      : await openEncoderRun(files, { ...common, task: told });
  return {
    versions: { frugal: VERSION, "onnxruntime-node": env.versions.node ?? env.versions.common },
    paths,
    run,
  };
}
