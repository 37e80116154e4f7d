/** The first job: telling spam from ham. Every candidate learns from the same mails, is tested on the same others, and is measured in turns. */
import type { World } from "../../core/ports.ts";
import { CHOICE_SCHEMA, type ChoiceReport } from "../../score/choice-report.ts";
import { pickFrugal } from "../../score/pick-frugal.ts";
import { circumstances } from "./circumstances.ts";
import { describeTexts, withRatios } from "./describe-texts.ts";
import type { ReceiptBook, Recording } from "./receipt-book.ts";
import { digestOf, drawPool, drawSplit, type Mails, SPAM_ASSASSIN, type Split } from "./spam-assassin.ts";
import { type Turn, takeTurns } from "./take-turns.ts";
import type { TextCandidate, TrainedText } from "./text-candidate.ts";
import { MAIL_TASK, type TextTrial, textOf, tryTexts } from "./text-trials.ts";

export interface MailSizes {
  /** Mails per label that all seeds draw from: what embedding costs in time. */
  readonly pool: number;
  /** Per label and seed. */
  readonly train: number;
  readonly test: number;
  /** Rounds of measuring, and mails in each. */
  readonly rounds: number;
  readonly perRound: number;
  readonly leastTurnS: number;
}

export const MAIL_SIZES: MailSizes = {
  pool: 900,
  train: 450,
  test: 150,
  rounds: 12,
  perRound: 50,
  leastTurnS: 0.3,
};

export interface MailJob {
  readonly title: string;
  readonly question: string;
  readonly world: Pick<World, "clock">;
  readonly book: ReceiptBook;
  readonly mails: Mails;
  /** Ids of the receipts of what made the mails and the candidates ready. */
  readonly parents: readonly string[];
  readonly candidates: readonly TextCandidate[];
  readonly seeds: readonly number[];
  readonly sizes: MailSizes;
  readonly signal?: AbortSignal;
}

export interface MailChoice {
  readonly report: ChoiceReport;
  /** As trained with the first seed. */
  readonly trained: ReadonlyMap<string, TrainedText>;
}

const METRIC = { name: "accuracy", better: "higher" } as const;
const FLOOR = { value: 0.9, source: "the demo's own: nine mails in ten go where they belong" };
const UNIT = { unit: "1,000 mails", per: 1_000 };

export async function mailChoice(job: MailJob): Promise<MailChoice> {
  const { candidates, seeds, sizes } = job;
  const pool = drawPool(job.mails.mails, sizes.pool);
  const splits = seeds.map((seed) => drawSplit(pool, seed, sizes));
  const { trials, shared } = await tryTexts({ ...job, splits });
  for (const candidate of candidates) candidate.shared?.forget();
  const { value: turns, receipt: measured } = await measure(job, splits[0]!, trials);
  const described = candidates.map((candidate) =>
    describeTexts(candidate, {
      trials: trials.get(candidate.id)!,
      turns: turns.get(candidate.id)!,
      measured,
      shared: shared.get(candidate.id),
      examples: splits[0]!.train.length,
      unit: UNIT,
      metric: METRIC,
      floor: FLOOR,
    }),
  );
  const compared = withRatios(described, turns, METRIC);
  const { picked, why } = pickFrugal(compared, METRIC, FLOOR);
  return {
    report: {
      schema: CHOICE_SCHEMA,
      title: job.title,
      question: job.question,
      task: MAIL_TASK,
      metric: METRIC,
      floor: FLOOR,
      candidates: compared,
      ...(picked && { picked: picked.id }),
      why,
      data: {
        ...SPAM_ASSASSIN,
        counts: {
          ...job.mails.counts,
          "drawn from": pool.length,
          "train per seed": splits[0]!.train.length,
          "test per seed": splits[0]!.test.length,
        },
        sha256: digestOf(pool),
        prepared: job.mails.prepared,
      },
      seeds,
      ...circumstances(measured),
      honesty: [
        "Ham and spam of this corpus come from different people, lists and years: on one's own mail, every candidate may do worse.",
        `Energy per ${UNIT.unit} is that of reading texts that are in memory; opening a model is not in it.`,
        "The mails are of 2002 to 2005: a filter for today's mail needs today's mail to learn from.",
      ],
    },
    trained: new Map([...trials].map(([id, [first]]) => [id, first!.trained.value])),
  };
}

/** What was trained with the first seed sorts that seed's test mails, in rounds. */
async function measure(
  { world, book, candidates, sizes, signal }: MailJob,
  { test }: Split,
  trials: ReadonlyMap<string, readonly TextTrial[]>,
): Promise<Recording<ReadonlyMap<string, readonly Turn[]>>> {
  const texts = test.map(textOf);
  // Round after round through the test mails; the last of them are followed by the first.
  const blocks = Array.from({ length: sizes.rounds }, (_, round) =>
    Array.from({ length: sizes.perRound }, (_, at) => texts[(round * sizes.perRound + at) % texts.length]!),
  );
  const parents = [...trials.values()].flatMap(([first]) => [first!.test.receipt.id]);
  const subject = { type: "data", id: "mails", task: MAIL_TASK } as const;
  return await book.record({ kind: "choose", subject }, async (meter) => {
    const total = sizes.rounds * candidates.length;
    book.progress({ kind: "phase", name: "measuring", total, unit: "turns" });
    const value = await takeTurns(
      candidates.map(({ id }) => ({
        id,
        work: (block: readonly string[]) => trials.get(id)![0]!.trained.value.classify(block, signal),
      })),
      { meter, clock: world.clock, blocks, leastS: sizes.leastTurnS, progress: book.progress },
    );
    const settings = { rounds: sizes.rounds, mails_per_round: sizes.perRound };
    return { value, facts: { parents, settings } };
  });
}
