/** Tuning of an encoder: from a recipe to everything that the loop needs. */
import type { Files, World } from "../../core/ports.ts";
import { bytes } from "../../core/quantity.ts";
import type { Graph } from "../../graph/graph.ts";
import type { LoraTarget } from "../../graph/passes/add-lora.ts";
import { type AdamWSettings, buildAdamW } from "../../graph/passes/build-adamw.ts";
import { forecastMemory, type MemoryForecast } from "../../graph/summary/forecast.ts";
import { checkTokens, type TokenRow } from "../../learn/check-batch.ts";
import { type EncodedTexts, type EncoderDataset, encodeTexts } from "../../learn/data/encode-texts.ts";
import {
  type EncoderPlan,
  epochBatches,
  type FillOptions,
  fillEncoderBatch,
  planEncoderBatches,
} from "../../learn/data/encoder-batches.ts";
import type { ExampleKind } from "../../learn/data/example.ts";
import { datasetFindings, type Finding } from "../../learn/data/findings.ts";
import { sameMapping } from "../../learn/data/mapping.ts";
import { type Dataset, openDataset } from "../../learn/data/open-dataset.ts";
import { splitDataset } from "../../learn/data/split-dataset.ts";
import type { MemoryMode, Trained, TrainStep } from "../../learn/lora/assemble-step.ts";
import {
  buildEncoderForward,
  buildEncoderStep,
  type EncoderStep,
  type EncoderTask,
} from "../../learn/lora/build-encoder-step.ts";
import { type FittingMemory, fitMemory } from "../../learn/lora/fit-memory.ts";
import { initialParameters } from "../../learn/lora/initial-parameters.ts";
import { resolveSettings } from "../../learn/lora/resolve-settings.ts";
import { IGNORED } from "../../learn/losses/classification.ts";
import { openGraphTrainer, openShapeSessions, type ShapedBatch } from "../../learn/train/graph-trainer.ts";
import { stageWeights } from "../../learn/train/stage-weights.ts";
import type { Trainer } from "../../learn/train/train.ts";
import type { TrainPlan } from "../../learn/train/train-state.ts";
import { withNewHead } from "../../models/encoder/new-head.ts";
import { type OpenEncoder, openEncoder } from "../../models/encoder/open-encoder.ts";
import { openTokenizer, type Tokenizer } from "../../models/open-tokenizer.ts";
import { type TaskHead, taskHead } from "./encoder-head.ts";
import { type ItemAnswers, type Judgement, judgeAnswers } from "./judge-answers.ts";
import { loraSettings } from "./lora-settings.ts";
import type { Recipe } from "./recipe.ts";
import type { TuneTask } from "./recipe-fields.ts";

const KINDS: Readonly<Record<TuneTask, readonly ExampleKind[]>> = {
  "text-classification": ["classification", "multi-label", "regression"],
  "token-classification": ["token-classification"],
  "sentence-similarity": ["similar", "scored-pair"],
};

export interface EncoderJob {
  /** How the training file was read. */
  readonly dataset: Dataset;
  /** Of the examples that are trained on, and of those that are held out. */
  readonly sha256: { readonly train: string; readonly held: string };
  /** What is odd about the examples. */
  readonly findings: readonly Finding[];
  readonly train: EncodedTexts;
  readonly held: EncodedTexts;
  readonly plan: EncoderPlan;
  readonly head: TaskHead;
  readonly encoder: OpenEncoder;
  readonly step: Pick<TrainStep, "spans" | "size">;
  /** The weights that got an adapter. */
  readonly adapted: readonly string[];
  readonly memory: FittingMemory;
  readonly start: () => Promise<Float32Array>;
  readonly trainer: Required<Pick<Trainer<ShapedBatch>, "batches" | "run" | "update" | "evaluate">>;
  readonly judge: (parameters: Float32Array) => Promise<Judgement>;
  close(): Promise<void>;
}

/**
 * @param folder where graphs and weights are written while the run goes on.
 * @throws what opening model, tokenizer and data throws; "bad-data" for examples that are not of the task; "memory-too-small".
 */
export async function openEncoderJob(
  { files, machine }: Pick<World, "files" | "machine">,
  recipe: Recipe,
  train: TrainPlan,
  folder: string,
): Promise<EncoderJob> {
  const encoder = await openEncoder(files, recipe.model);
  const tokenizer = await openTokenizer(files, recipe.model);
  const { dataset, parts } = await openParts(files, recipe);
  const maxLength = Math.min(recipe.maxLength, encoder.limits.positions);
  const trained = encodeTexts(parts.train, { tokenizer, maxLength });
  const held = encodeTexts(parts.held, {
    tokenizer,
    maxLength,
    ...(trained.names.length > 0 && { names: trained.names }),
  });
  for (const { items } of [trained, held]) checkTokens(tokenRows(items, encoder), encoder.limits);
  const options = { batchTokens: recipe.batchTokens };
  const plan = planEncoderBatches(trained, options);
  const heldPlan = planEncoderBatches(held, options);
  const head = taskHead(encoder, trained);
  const graphs = buildGraphs(encoder, head, recipe);
  const memory = fitMemory(
    recipe.memory,
    (mode) => forecastJob(graphs, { mode, plan, heldPlan, adamw: train.adamw }),
    bytes(machine.availableBytes()),
  );
  const stepOf = (shape: Shape): EncoderStep => graphs.step(shape, memory.mode);
  const first = stepOf(plan.shapes[0]!);
  const staged = stageWeights(files, folder);
  const sessions = {
    folder,
    staged,
    seed: recipe.seed,
    ...(recipe.threads !== undefined && { threads: recipe.threads }),
  };
  const trainer = await openGraphTrainer(files, stepOf, { size: first.size, adamw: train.adamw }, sessions);
  const forward = await openShapeSessions(files, (shape) => graphs.forward(shape).graph, sessions);
  const fill = fillOptions(tokenizer, encoder);
  const answersOf = async (parameters: Float32Array): Promise<ItemAnswers[]> => {
    const answers: ItemAnswers[] = [];
    for (const batch of epochBatches(heldPlan, { seed: 0, epoch: 0 })) {
      const { labels: _, ...feeds } = fillEncoderBatch(heldPlan, batch, fill);
      const made = await forward.run(batch, {
        ...feeds,
        parameters: { dtype: "float32", shape: [first.size], data: parameters },
      });
      const rows = Object.values(made)[0]!;
      for (const [at, item] of batch.items.entries()) answers[item] = itemAnswers(heldPlan, batch, rows, at);
    }
    return answers;
  };
  const judge = async (parameters: Float32Array): Promise<Judgement> =>
    judgeAnswers(held, await answersOf(parameters));
  return {
    dataset,
    sha256: { train: parts.train.sha256, held: parts.held.sha256 },
    findings: datasetFindings(parts.train, parts.held),
    train: trained,
    held,
    plan,
    head,
    encoder,
    step: first,
    adapted: graphs.adapted(),
    memory,
    start: () =>
      initialParameters(files, first, { init: true, seed: recipe.seed, weightOf: graphs.weightOf }),
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
            kept: keptIn(trained, items),
            get feeds() {
              return fillEncoderBatch(plan, batch, fill);
            },
          };
        }),
    },
    judge,
    async close() {
      await trainer.close();
      await forward.close();
    },
  };
}

async function openParts(files: Files, recipe: Recipe) {
  const options = { accept: KINDS[recipe.task], ...(recipe.map !== undefined && { map: recipe.map }) };
  const dataset = (await openDataset(files, recipe.data, options)) as EncoderDataset;
  if (recipe.validation === undefined) {
    const { train, validation } = splitDataset(dataset, { seed: recipe.seed, share: recipe.holdout });
    return { dataset, parts: { train: train as EncoderDataset, held: validation as EncoderDataset } };
  }
  const same = { ...sameMapping(dataset.mapping), accept: KINDS[recipe.task] };
  const held = (await openDataset(files, recipe.validation, same)) as EncoderDataset;
  return { dataset, parts: { train: dataset, held } };
}

interface Shape {
  readonly rows: number;
  readonly length: number;
}

function buildGraphs(encoder: OpenEncoder, head: TaskHead, recipe: Recipe) {
  const { method, seed } = recipe;
  const weights = withNewHead(encoder.lookup, head.shapes, seed);
  const task = ({ rows, length }: Shape): EncoderTask => ({
    encode: (build) => encoder.encode(build, { rows, length }, weights),
    head: head.head,
    loss: head.loss,
  });
  let adapted: readonly string[] = [];
  const low = (graph: Graph): readonly LoraTarget[] => {
    const { targets } = resolveSettings(graph, loraSettings(recipe), encoder.type);
    const chosen = targets.filter(({ weight }) => !head.shapes.has(weight));
    adapted = chosen.map(({ weight }) => weight);
    return chosen;
  };
  const trained: Trained = {
    targets: method === "lora" ? low : () => [],
    whole: [...head.shapes.keys()],
    ...(method === "lora" && { dropout: recipe.dropout }),
  };
  return {
    step: (shape: Shape, memory: MemoryMode) => buildEncoderStep(task(shape), trained, memory),
    forward: (shape: Shape) => buildEncoderForward(task(shape), trained),
    adapted: () => adapted,
    weightOf: weights,
  };
}

/** Of all graphs that the run opens, one for each shape of batch. */
function forecastJob(
  graphs: ReturnType<typeof buildGraphs>,
  {
    mode,
    plan,
    heldPlan,
    adamw,
  }: {
    readonly mode: MemoryMode;
    readonly plan: EncoderPlan;
    readonly heldPlan: EncoderPlan;
    readonly adamw: AdamWSettings;
  },
): MemoryForecast {
  const steps = plan.shapes.map((shape) => graphs.step(shape, mode));
  return forecastMemory([
    ...steps.map(({ graph }) => graph),
    ...heldPlan.shapes.map((shape) => graphs.forward(shape).graph),
    buildAdamW(steps[0]!.size, adamw),
  ]);
}

const tokenRows = (items: EncodedTexts["items"], { limits }: OpenEncoder): TokenRow[] =>
  items.flatMap(({ texts }) => texts.map(({ ids, types }) => ({ ids, ...(limits.types > 0 && { types }) })));

const fillOptions = (tokenizer: Tokenizer, { limits }: OpenEncoder): FillOptions => ({
  padId: tokenizer.special.pad?.id ?? 0,
  types: limits.types > 0,
});

/** Labels that count: of comparisons each item is one. */
const keptIn = ({ layout, items }: EncodedTexts, chosen: readonly number[]): number =>
  layout === "none"
    ? chosen.length
    : chosen.reduce((sum, at) => sum + items[at]!.labels.filter((label) => label !== IGNORED).length, 0);

/** The answers of one item out of those of a batch. */
function itemAnswers(
  { texts, parts }: EncoderPlan,
  { rows, length }: Shape,
  all: Float32Array,
  at: number,
): ItemAnswers {
  if (texts.layout === "token") {
    const width = all.length / (rows * length);
    const from = at * length;
    return texts.items[0] === undefined
      ? []
      : Array.from({ length }, (_, token) =>
          all.subarray((from + token) * width, (from + token + 1) * width),
        );
  }
  const width = all.length / rows;
  const room = rows / parts;
  return Array.from({ length: parts }, (_, part) =>
    all.subarray((part * room + at) * width, (part * room + at + 1) * width),
  );
}
