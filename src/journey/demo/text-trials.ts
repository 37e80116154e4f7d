/** Every candidate learns and is tested once per seed; each step is a receipt that names what it builds on. */
import type { Range, Receipt } from "../../receipt/receipt.ts";
import type { ConfusionFigure } from "../../score/choice-report.ts";
import { accuracy, confusionMatrix } from "../../score/classification-score.ts";
import type { ReceiptBook, Recording } from "./receipt-book.ts";
import type { Mail, Split } from "./spam-assassin.ts";
import type { TextCandidate, TrainedText } from "./text-candidate.ts";

export interface TrialJob {
  readonly book: ReceiptBook;
  readonly candidates: readonly TextCandidate[];
  readonly seeds: readonly number[];
  /** One per seed. */
  readonly splits: readonly Split[];
  /** Ids of the receipts of what made the mails and the candidates ready. */
  readonly parents: readonly string[];
  readonly signal?: AbortSignal;
}

export const MAIL_TASK = "text-classification";
export const MAIL_LABELS = ["ham", "spam"] as const;
export const QUALITY_METHOD = "Wilson score";

export interface TextTrial {
  readonly seed: number;
  readonly trained: Recording<TrainedText>;
  readonly test: Recording<{ readonly estimate: Range; readonly confusion: ConfusionFigure }>;
}

export interface TextTrials {
  /** By candidate, in the order of the seeds. */
  readonly trials: ReadonlyMap<string, readonly TextTrial[]>;
  /** Receipts of work that the seeds share, by candidate. */
  readonly shared: ReadonlyMap<string, Receipt>;
}

export async function tryTexts(job: TrialJob): Promise<TextTrials> {
  const shared = await prepareShared(job);
  return { shared, trials: await tryAll(job, shared) };
}

/** Work that the seeds share, done once; its energy goes to each training by its part of the texts. */
async function prepareShared({
  book,
  candidates,
  splits,
  parents,
  signal,
}: TrialJob): Promise<ReadonlyMap<string, Receipt>> {
  const texts = [
    ...new Set(splits.flatMap(({ train, test }) => [...train, ...test]).map(({ text }) => text)),
  ];
  const receipts = new Map<string, Receipt>();
  for (const { id, shared, engines } of candidates) {
    if (shared === undefined) continue;
    const { receipt } = await book.record({ kind: "run", subject: { type: "model", id } }, async (meter) => {
      book.progress({ kind: "phase", name: shared.name, total: texts.length, unit: "mails" });
      await meter.span("prepare", () => shared.prepare(texts, signal, book.progress));
      return {
        value: undefined,
        facts: {
          subject: { type: "model", id, ...(shared.files && { files: shared.files }) },
          work: { unit: "mail", count: texts.length },
          parents,
          ...(engines && { engines }),
        },
      };
    });
    receipts.set(id, receipt);
  }
  return receipts;
}

async function tryAll(
  job: TrialJob,
  shared: ReadonlyMap<string, Receipt>,
): Promise<ReadonlyMap<string, readonly TextTrial[]>> {
  const { book, candidates, seeds, splits } = job;
  const trials = new Map(candidates.map(({ id }) => [id, [] as TextTrial[]]));
  const total = seeds.length * candidates.length;
  book.progress({ kind: "phase", name: "training", total, unit: "classifiers" });
  let done = 0;
  for (const [at, seed] of seeds.entries()) {
    for (const candidate of candidates) {
      const own = shared.get(candidate.id);
      const parents = own === undefined ? job.parents : [own.id];
      trials.get(candidate.id)!.push(await tryOne(job, candidate, { seed, split: splits[at]!, parents }));
      book.progress({ kind: "advance", done: ++done, total });
    }
  }
  return trials;
}

async function tryOne(
  { book, signal }: TrialJob,
  candidate: TextCandidate,
  { seed, split, parents }: { seed: number; split: Split; parents: readonly string[] },
): Promise<TextTrial> {
  const subject = { type: "model", id: candidate.id, task: MAIL_TASK } as const;
  const engines = candidate.engines === undefined ? {} : { engines: candidate.engines };
  const trained = await book.record({ kind: "train", subject }, async (meter) => ({
    value: await meter.span("train", () => candidate.train(split.train, signal)),
    facts: {
      work: { unit: "mail", count: split.train.length },
      seeds: { split: seed },
      parents,
      ...engines,
    },
  }));
  const test = await book.record({ kind: "evaluate", subject }, async (meter) => {
    const found = await meter.span("classify", () => trained.value.classify(split.test.map(textOf), signal));
    const truth = split.test.map(({ label }) => label);
    const estimate = accuracy(truth, found);
    return {
      value: { estimate, confusion: { ...confusionMatrix(MAIL_LABELS, truth, found), seed } },
      facts: {
        work: { unit: "mail", count: found.length },
        quality: [{ metric: "accuracy", estimate, count: found.length, method: QUALITY_METHOD }],
        seeds: { split: seed },
        parents: [trained.receipt.id],
        ...engines,
      },
    };
  });
  return { seed, trained, test };
}

export const textOf = ({ text }: Mail): string => text;
