/** Tuning of a decoder: from a recipe to everything that the loop needs. */
import { FrugalError } from "../../core/error.ts";
import type { Files, World } from "../../core/ports.ts";
import { bytes } from "../../core/quantity.ts";
import { checkIntegerKernels } from "../../engines/check-integer-kernels.ts";
import { type DecoderPlan, decoderEpoch, fillDecoderBatch } from "../../learn/data/decoder-batches.ts";
import type { EncodedSequences } from "../../learn/data/encode-sequences.ts";
import { describeMapping } from "../../learn/data/mapping.ts";
import { maskPreview } from "../../learn/data/mask-preview.ts";
import { lengthFacts } from "../../learn/data/token-facts.ts";
import { adapterOf } from "../../learn/lora/adapter.ts";
import { TASK_FILE, taskJson } from "../../learn/lora/adapter-task.ts";
import { fitMemory } from "../../learn/lora/fit-memory.ts";
import { initialParameters } from "../../learn/lora/initial-parameters.ts";
import { writePeftFolder } from "../../learn/lora/peft-folder.ts";
import { moduleOf } from "../../learn/lora/resolve-settings.ts";
import { openGraphTrainer, openShapeSessions, type ShapedBatch } from "../../learn/train/graph-trainer.ts";
import { stageWeights } from "../../learn/train/stage-weights.ts";
import type { TrainPlan } from "../../learn/train/train-state.ts";
import { openDecoder } from "../../models/llama/open-decoder.ts";
import { openDecoderData } from "./decoder-data.ts";
import { decoderGraphs, forecastDecoder } from "./decoder-graphs.ts";
import { digestWeights } from "./digest-weights.ts";
import type { Judgement } from "./judge-answers.ts";
import { type ExampleLoss, judgeText } from "./judge-text.ts";
import { loraSettings } from "./lora-settings.ts";
import type { Recipe } from "./recipe.ts";
import type { TuneJob } from "./tune-job.ts";

const PREVIEWED = 2;

/** @param folder where graphs and weights are written while the run goes on. @throws as `openJob`. */
export async function openDecoderJob(
  { files, machine, clock }: Pick<World, "files" | "machine" | "clock">,
  recipe: Recipe,
  train: TrainPlan,
  folder: string,
): Promise<TuneJob> {
  if (recipe.method !== "lora") throw noSuchMethod(recipe);
  const decoder = await openDecoder(files, recipe.model);
  const day = recipe.chatDate ?? clock.stamp().slice(0, "2026-01-01".length);
  const data = await openDecoderData(files, decoder, recipe, new Date(day));
  const { parts, trained, plan, heldPlan, tokenizer, template } = data;
  const graphs = decoderGraphs(decoder, recipe);
  const oneHeap = machine.oneHeap();
  const memory = fitMemory(
    recipe.memory,
    (mode) => forecastDecoder(graphs, { mode, shape: plan, held: heldPlan, adamw: train.adamw, oneHeap }),
    bytes(machine.availableBytes()),
  );
  if (recipe.base === "w8a8") await checkIntegerKernels(files, folder);
  const first = graphs.step(plan, memory.mode);
  const sessions = {
    folder,
    staged: stageWeights(files, folder),
    seed: recipe.seed,
    oneHeap,
    ...(recipe.threads !== undefined && { threads: recipe.threads }),
  };
  const trainer = await openGraphTrainer(
    files,
    () => first,
    { size: first.size, adamw: train.adamw },
    sessions,
  );
  const scores = await openShapeSessions(files, (shape) => graphs.scores(shape), sessions);
  const padId = tokenizer.special.pad?.id ?? 0;
  const judge = async (parameters: Float32Array): Promise<Judgement> => {
    const examples = new Map<number, ExampleLoss>();
    for (const batch of decoderEpoch(heldPlan, { seed: 0, epoch: 0 })) {
      const { feeds } = fillDecoderBatch(heldPlan, batch, { padId });
      const made = await scores.run(heldPlan, {
        ...feeds,
        parameters: { dtype: "float32", shape: [first.size], data: parameters },
      });
      addLosses(examples, heldPlan, batch.rows.flat(), Object.values(made)[0]!);
    }
    return judgeText([...examples.values()]);
  };
  const weights = await digestWeights(files, decoder.paths);
  return {
    dataset: parts.dataset,
    facts: {
      mapping: describeMapping(parts.dataset.mapping),
      findings: data.findings,
      examples: parts.train.examples.length,
      held: parts.held.examples.length,
      labels: [],
      lengths: lengthFacts(trained.sequences.map(({ ids }) => ids.length)),
      preview: trained.sequences.slice(0, PREVIEWED).map((one) => maskPreview(one, tokenizer)),
      truncated: trained.truncated,
      lostLabels: 0,
      tokens: plan.tokens,
      padding: plan.padding,
      parameters: first.size,
      adapted: graphs.adapted().length,
      memory: memory.mode,
    },
    identity: {
      data: { train: parts.train.sha256, held: parts.held.sha256 },
      model: { type: decoder.type, hidden: decoder.config.hidden, trained: first.size, weights },
      // Only what was rendered can change with it.
      ...(template !== undefined && writesDates(template.source) && { chatDate: day }),
    },
    start: () =>
      initialParameters(files, first, { init: true, seed: recipe.seed, weightOf: decoder.weights }),
    trainer: {
      run: trainer.run,
      update: trainer.update,
      evaluate: async (parameters) => {
        const { hits: _, ...judged } = await judge(parameters);
        return judged;
      },
      batches: (epoch) =>
        decoderEpoch(plan, { seed: recipe.seed, epoch }).map((batch): ShapedBatch => {
          const { rows, length } = plan;
          return {
            rows,
            length,
            tokens: rows * length,
            kept: keptIn(trained, batch.rows.flat()),
            get feeds() {
              return fillDecoderBatch(plan, batch, { padId }).feeds;
            },
          };
        }),
    },
    openJudge: () => scores.open(heldPlan),
    judge,
    save: async (parameters) => {
      const settings = { ...loraSettings(recipe), target_modules: graphs.adapted().map(moduleOf) };
      await writePeftFolder(files, recipe.out, adapterOf(settings, first.spans, parameters));
      await writeTask(files, recipe, template?.name);
      return ["adapter_config.json", "adapter_model.safetensors", TASK_FILE];
    },
    async close() {
      await trainer.close();
      await scores.close();
    },
  };
}

const writeTask = (files: Files, { out, maxLength }: Recipe, chatTemplate?: string): Promise<void> =>
  files.writeAtomic(
    `${out}/${TASK_FILE}`,
    taskJson({ task: "causal-lm", maxLength, ...(chatTemplate !== undefined && { chatTemplate }) }),
  );

const keptIn = ({ sequences }: EncodedSequences, places: readonly number[]): number =>
  places.reduce((sum, at) => sum + sequences[at]!.kept.reduce((all, one) => all + one, 0), 0);

/** @param losses of the batch's learned tokens in their order (fillDecoderBatch). */
function addLosses(
  examples: Map<number, ExampleLoss>,
  { sequences }: DecoderPlan,
  places: readonly number[],
  losses: Float32Array,
): void {
  let at = 0;
  for (const place of places) {
    const { kept, example } = sequences[place]!;
    const tokens = kept.reduce((all, one) => all + one, 0);
    const before = examples.get(example) ?? { loss: 0, tokens: 0 };
    const loss = losses.subarray(at, at + tokens).reduce((sum, one) => sum + one, before.loss);
    examples.set(example, { loss, tokens: before.tokens + tokens });
    at += tokens;
  }
}

/** As Llama 3's does. */
const writesDates = (source: string): boolean => /strftime_now|date_string/.test(source);

const noSuchMethod = ({ method }: Recipe): FrugalError =>
  new FrugalError({
    code: "bad-option",
    what: `causal-lm is not tuned by the method ${method}`,
    why: "decoders learn by adapters",
    remedy: "leave --method out: adapters are trained",
  });
