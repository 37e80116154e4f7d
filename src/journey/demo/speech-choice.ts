/** The second job: writing down speech. A ready model is reused; what training one anew would take is set beside it, never counted as saved. */
import type { World } from "../../core/ports.ts";
import { seededRandom } from "../../core/random.ts";
import type { EngineFacts } from "../../engines/engine.ts";
import type { Range, Receipt } from "../../receipt/receipt.ts";
import { subjectOf } from "../../reuse/run-task.ts";
import {
  CHOICE_SCHEMA,
  type ChoiceCandidate,
  type ChoiceReport,
  judgeFloor,
} from "../../score/choice-report.ts";
import { pickFrugal } from "../../score/pick-frugal.ts";
import { editCount, type Transcript, wordEdits, wordErrorRate } from "../../score/word-error-rate.ts";
import { circumstances } from "./circumstances.ts";
import { SPEECH_TRAINING } from "./published-training.ts";
import type { ReceiptBook, Recording } from "./receipt-book.ts";
import { CLIPS, type Clip, type Clips } from "./speech-clips.ts";
import { energyOfTurns, secondsOfTurns, type Turn, takeTurns } from "./take-turns.ts";

/** A model that writes down speech. */
export interface Transcriber {
  readonly facts: EngineFacts;
  transcribe(samples: Float32Array, signal?: AbortSignal): Promise<string>;
}

export interface SpeechJob {
  readonly world: Pick<World, "clock">;
  readonly book: ReceiptBook;
  readonly clips: Clips;
  readonly transcriber: Transcriber;
  readonly parents: readonly string[];
  /** Rounds of measuring, each through all clips. */
  readonly rounds: number;
  readonly signal?: AbortSignal;
}

export const SPEECH_ROUNDS = 8;

const METRIC = { name: "word_error_rate", better: "lower" } as const;
const FLOOR = { value: 0.05, source: "the demo's own: one word in twenty may be wrong" };
const UNIT = { unit: "1 minute of speech", per: 60 };
const QUALITY_METHOD = "percentile bootstrap over clips";
/** Fixed: the same transcripts give the same interval. */
const SEED = 1;

export async function speechChoice(job: SpeechJob): Promise<ChoiceReport> {
  const heard = await hear(job);
  const measured = await measure(job, heard.receipt);
  const candidate = describe(job, heard, measured);
  const { picked, why } = pickFrugal([candidate], METRIC, FLOOR);
  const { clips, sha256 } = job.clips;
  return {
    schema: CHOICE_SCHEMA,
    title: "Speech to text",
    question: "Is a ready model good enough to write down speech, and what does it take?",
    task: "automatic-speech-recognition",
    metric: METRIC,
    floor: FLOOR,
    candidates: [candidate],
    ...(picked && { picked: picked.id }),
    why,
    data: {
      ...CLIPS,
      counts: {
        clips: clips.length,
        "reference words": candidate.items!.reduce((sum, { words = 0 }) => sum + words, 0),
      },
      sha256,
    },
    seeds: [SEED],
    ...circumstances(measured.receipt),
    published: [SPEECH_TRAINING],
    honesty: [
      trainingAnew(),
      "What the training of this model took is spent, whether it is used or not: nothing of it is counted as saved by reusing it. How much it was we do not know: its makers name 32 H100 GPUs and 250,000 steps of 1,024 clips (github.com/moonshine-ai/moonshine; paper: arxiv.org/abs/2410.15608), and we found no hours and no energy.",
      `${clips.length} clips are few: other voices, accents and rooms may fare worse.`,
    ],
  };
}

function trainingAnew(): string {
  const { low, value, high } = SPEECH_TRAINING.value;
  const [from, about, to] = [low, value, high].map((kwh) => Number(kwh.toPrecision(2)));
  return `A new model of this kind would cost about ${about} kWh, range ${from} to ${to} kWh: estimated from above by the GPU-hours of two published trainings, both on less speech than this model's.`;
}

async function hear({
  book,
  clips,
  transcriber,
  parents,
  signal,
}: SpeechJob): Promise<Recording<readonly Transcript[]>> {
  const subject = subjectOf(transcriber.facts);
  return await book.record({ kind: "evaluate", subject }, async (meter) => {
    const total = clips.clips.length;
    book.progress({ kind: "phase", name: "transcribing", total, unit: "clips" });
    const transcripts: Transcript[] = [];
    for (const { transcript, samples } of clips.clips) {
      const hypothesis = await meter.span("transcribe", () => transcriber.transcribe(samples, signal));
      transcripts.push({ reference: transcript, hypothesis });
      book.progress({ kind: "advance", done: transcripts.length, total });
    }
    const estimate = rateOf(transcripts);
    const quality = [{ metric: METRIC.name, estimate, count: total, method: QUALITY_METHOD }];
    const engines = transcriber.facts.versions;
    return { value: transcripts, facts: { work: { unit: "clip", count: total }, quality, parents, engines } };
  });
}

const rateOf = (transcripts: readonly Transcript[]): Range => wordErrorRate(transcripts, seededRandom(SEED));

async function measure(
  { world, book, clips, transcriber, rounds, signal }: SpeechJob,
  heard: Receipt,
): Promise<Recording<readonly Turn[]>> {
  const id = transcriber.facts.model;
  return await book.record({ kind: "choose", subject: subjectOf(transcriber.facts) }, async (meter) => {
    book.progress({ kind: "phase", name: "measuring", total: rounds, unit: "rounds" });
    const work = async (block: readonly Clip[]): Promise<void> => {
      for (const { samples } of block) await transcriber.transcribe(samples, signal);
    };
    const turns = await takeTurns([{ id, work }], {
      meter,
      clock: world.clock,
      blocks: Array.from({ length: rounds }, () => clips.clips),
      amountOf: (block) => block.reduce((sum, { seconds }) => sum + seconds, 0),
      leastS: 0,
      progress: book.progress,
    });
    const facts = { parents: [heard.id], settings: { rounds }, engines: transcriber.facts.versions };
    return { value: turns.get(id)!, facts };
  });
}

function describe(
  { clips, transcriber }: SpeechJob,
  heard: Recording<readonly Transcript[]>,
  measured: Recording<readonly Turn[]>,
): ChoiceCandidate {
  const median = rateOf(heard.value);
  return {
    id: transcriber.facts.model,
    label: "Moonshine tiny",
    kind: "ready model",
    description: `A speech recogniser of 27 million parameters for English, in ${transcriber.facts.dtype}, reused as it is: nothing was trained here.`,
    quality: {
      per_seed: [{ seed: SEED, estimate: median }],
      median,
      method: QUALITY_METHOD,
      count: clips.clips.length,
    },
    energy: energyOfTurns(measured.value, UNIT),
    duration_s: secondsOfTurns(measured.value, UNIT.per),
    size_b: transcriber.facts.files.reduce((sum, { size_b }) => sum + size_b, 0),
    floor: judgeFloor(median, METRIC, FLOOR.value),
    items: heard.value.map((transcript, at) => itemOf(clips.clips[at]!, transcript)),
    model: {
      id: "UsefulSensors/moonshine-tiny",
      source:
        "Jeffries et al. 2024, arxiv.org/abs/2410.15608; weights from the package @moonshine-ai/moonshine-js",
      licence: "MIT",
    },
    receipts: [heard.receipt.id, measured.receipt.id],
    notes: [],
  };
}

function itemOf(
  { name, seconds }: Clip,
  transcript: Transcript,
): NonNullable<ChoiceCandidate["items"]>[number] {
  const edits = wordEdits(transcript);
  const errors = editCount(edits);
  return {
    name,
    // A clip without words has no rate of its own; its insertions still count in the whole.
    value: edits.words === 0 ? errors : errors / edits.words,
    words: edits.words,
    errors,
    duration_s: seconds,
    expected: transcript.reference,
    found: transcript.hypothesis,
  };
}
