/** Tuning of an encoder: from a recipe to everything that the loop needs. */
import type { World } from "../../core/ports.ts";
import { bytes } from "../../core/quantity.ts";
import { checkIntegerKernels } from "../../engines/check-integer-kernels.ts";
import { checkBinaryLabels, checkClassLabels, checkTokens, type TokenRow } from "../../learn/check-batch.ts";
import { type EncodedTexts, type EncoderDataset, encodeTexts } from "../../learn/data/encode-texts.ts";
import {
  epochBatches,
  type FillOptions,
  fillEncoderBatch,
  planEncoderBatches,
} from "../../learn/data/encoder-batches.ts";
import { datasetFindings } from "../../learn/data/findings.ts";
import { describeMapping } from "../../learn/data/mapping.ts";
import { lengthFacts } from "../../learn/data/token-facts.ts";
import type { EncoderStep } from "../../learn/lora/build-encoder-step.ts";
import { fitMemory } from "../../learn/lora/fit-memory.ts";
import { initialParameters } from "../../learn/lora/initial-parameters.ts";
import { IGNORED } from "../../learn/losses/classification.ts";
import { openGraphTrainer, openShapeSessions, type ShapedBatch } from "../../learn/train/graph-trainer.ts";
import { stageWeights } from "../../learn/train/stage-weights.ts";
import type { TrainPlan } from "../../learn/train/train-state.ts";
import { type OpenEncoder, openEncoder } from "../../models/encoder/open-encoder.ts";
import { openTokenizer, type Tokenizer } from "../../models/open-tokenizer.ts";
import { digestWeights } from "./digest-weights.ts";
import { answersOf } from "./encoder-answers.ts";
import { type EncoderShape, encoderGraphs, forecastEncoder } from "./encoder-graphs.ts";
import { taskHead } from "./encoder-head.ts";
import { openFewShot } from "./few-shot.ts";
import { type Judgement, judgeAnswers } from "./judge-answers.ts";
import { openParts } from "./open-parts.ts";
import { previewOf } from "./preview.ts";
import type { EncoderRecipe } from "./recipe.ts";
import type { EncoderTask } from "./recipe-fields.ts";
import type { TuneJob } from "./tune-job.ts";
import { type LearnedParts, writeAdapter } from "./write-adapter.ts";
import { requireFull, writeFull } from "./write-full.ts";

const KINDS: Readonly<Record<EncoderTask, readonly EncoderDataset["kind"][]>> = {
  "text-classification": ["classification", "multi-label", "regression"],
  "token-classification": ["token-classification"],
  "sentence-similarity": ["similar", "scored-pair"],
};

/**
 * @param folder where graphs and weights are written while the run goes on.
 * @throws what opening model, tokenizer and data throws; "bad-data" for examples that are not of the task; "memory-too-small".
 */
export async function openEncoderJob(
  { files, machine }: Pick<World, "files" | "machine">,
  recipe: EncoderRecipe,
  train: TrainPlan,
  folder: string,
): Promise<TuneJob> {
  const encoder = await openEncoder(files, recipe.model);
  const tokenizer = await openTokenizer(files, recipe.model);
  const parts = await openParts<EncoderDataset>(files, recipe, KINDS[recipe.task]);
  const maxLength = Math.min(recipe.maxLength, encoder.limits.positions);
  const trained = encodeTexts(parts.train, { tokenizer, maxLength });
  const held = encodeTexts(parts.held, {
    tokenizer,
    maxLength,
    ...(trained.names.length > 0 && { names: trained.names }),
  });
  for (const texts of [trained, held]) {
    checkTokens(tokenRows(texts.items, encoder), encoder.limits);
    checkLabels(texts);
  }
  const options = { batchTokens: recipe.batchTokens };
  const fewShot = recipe.method === "setfit" ? openFewShot(trained, recipe) : undefined;
  const plan = planEncoderBatches(fewShot?.pairs ?? trained, options);
  const heldPlan = planEncoderBatches(held, options);
  const supportPlan = fewShot && planEncoderBatches(trained, options);
  const judged = supportPlan ? [heldPlan, supportPlan] : [heldPlan];
  const head = fewShot?.head ?? taskHead(encoder, trained);
  if (recipe.method === "full") requireFull(encoder, head, recipe);
  const graphs = encoderGraphs(encoder, head, recipe);
  const oneHeap = machine.oneHeap();
  const memory = fitMemory(
    recipe.memory,
    (mode) => forecastEncoder(graphs, { mode, plan, judged, adamw: train.adamw, oneHeap }),
    bytes(machine.availableBytes()),
  );
  if (recipe.base === "w8a8") await checkIntegerKernels(files, folder);
  const stepOf = (shape: EncoderShape): EncoderStep => graphs.step(shape, memory.mode);
  const first = stepOf(plan.shapes[0]!);
  const staged = stageWeights(files, folder);
  const sessions = {
    folder,
    staged,
    seed: recipe.seed,
    oneHeap,
    ...(recipe.threads !== undefined && { threads: recipe.threads }),
  };
  const trainer = await openGraphTrainer(files, stepOf, { size: first.size, adamw: train.adamw }, sessions);
  const forward = await openShapeSessions(files, (shape) => graphs.forward(shape).graph, sessions);
  const fill = fillOptions(tokenizer, encoder);
  /** Fitted on what the encoder makes of the texts now. */
  const fittedHead = async (parameters: Float32Array) =>
    supportPlan && (await fewShot?.fit(await answersOf(forward, { plan: supportPlan, fill }, parameters)));
  const judge = async (parameters: Float32Array): Promise<Judgement> => {
    const fitted = await fittedHead(parameters);
    const answers = await answersOf(forward, { plan: heldPlan, fill }, parameters);
    return judgeAnswers(held, fitted ? answers.map(([vector]) => [fitted.scores(vector!)]) : answers);
  };
  const weights = await digestWeights(files, encoder.paths);
  return {
    dataset: parts.dataset,
    facts: {
      mapping: describeMapping(parts.dataset.mapping),
      findings: datasetFindings(parts.train, parts.held),
      examples: trained.items.length,
      ...(fewShot !== undefined && { pairs: fewShot.pairs.items.length }),
      held: held.items.length,
      labels: trained.names,
      lengths: lengthFacts(trained.items.flatMap(({ texts }) => texts.map(({ ids }) => ids.length))),
      preview: previewOf(parts.train),
      truncated: trained.truncated,
      lostLabels: trained.lostLabels,
      tokens: plan.tokens,
      padding: plan.padding,
      parameters: first.size,
      adapted: graphs.adapted().length,
      memory: memory.mode,
    },
    identity: {
      data: { train: parts.train.sha256, held: parts.held.sha256 },
      model: { type: encoder.type, hidden: encoder.hidden, trained: first.size, weights },
    },
    start: () =>
      initialParameters(files, first, {
        init: true,
        seed: recipe.seed,
        weightOf: (name) => graphs.weights().get(name),
      }),
    trainer: {
      run: trainer.run,
      update: trainer.update,
      evaluate: async (parameters) => {
        const { hits: _, ...judged } = await judge(parameters);
        return judged;
      },
      batches: (epoch) =>
        epochBatches(plan, { seed: recipe.seed, epoch }).map((batch): ShapedBatch => {
          const { rows, length, items } = batch;
          return {
            rows,
            length,
            tokens: rows * length,
            kept: keptIn(plan.texts, items),
            get feeds() {
              return fillEncoderBatch(plan, batch, fill);
            },
          };
        }),
    },
    async openJudge() {
      for (const { shapes } of judged) for (const shape of shapes) await forward.open(shape);
    },
    judge,
    save: async (parameters) => {
      const fitted = await fittedHead(parameters);
      const learned: LearnedParts = {
        spans: first.spans,
        head,
        adapted: graphs.adapted(),
        texts: trained,
        type: encoder.type,
        ...(fitted !== undefined && { fitted }),
      };
      return recipe.method === "full"
        ? writeFull(files, recipe, { ...learned, fileNameOf: graphs.fileNameOf }, parameters)
        : writeAdapter(files, recipe, learned, parameters);
    },
    async close() {
      await trainer.close();
      await forward.close();
    },
  };
}

const tokenRows = (items: EncodedTexts["items"], { limits }: OpenEncoder): TokenRow[] =>
  items.flatMap(({ texts }) => texts.map(({ ids, types }) => ({ ids, ...(limits.types > 0 && { types }) })));

function checkLabels({ layout, items, names }: EncodedTexts): void {
  const labels = items.flatMap((item) => item.labels);
  if (layout === "class" || layout === "token") checkClassLabels(labels, names.length);
  if (layout === "multi") checkBinaryLabels(labels);
}

const fillOptions = (tokenizer: Tokenizer, { limits }: OpenEncoder): FillOptions => ({
  padId: tokenizer.special.pad?.id ?? 0,
  types: limits.types > 0,
});

/** Labels that count: of comparisons each item is one. */
const keptIn = ({ layout, items }: EncodedTexts, chosen: readonly number[]): number =>
  layout === "none"
    ? chosen.length
    : chosen.reduce((sum, at) => sum + items[at]!.labels.filter((label) => label !== IGNORED).length, 0);
