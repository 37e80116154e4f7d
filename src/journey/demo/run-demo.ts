/** Which is the least energy that does the job? Asked for two real jobs, offline, with models and data that ship in packages. */
import { join } from "node:path";
import { type FrugalError, unwritable } from "../../core/error.ts";
import type { Files, World } from "../../core/ports.ts";
import { type Embedder, openEmbedder } from "../../engines/embedder.ts";
import { openEngine } from "../../engines/open-engine.ts";
import type { Receipt } from "../../receipt/receipt.ts";
import { choicePage } from "../../report/choice-page.ts";
import type { ChoiceReport } from "../../score/choice-report.ts";
import { assembleMoonshine } from "../assemble-moonshine.ts";
import { packagedMiniLm } from "../packaged-models.ts";
import { adaptedMiniLm } from "./adapted-mini-lm.ts";
import { miniLm, tfidf } from "./mail-candidates.ts";
import { MAIL_SIZES, type MailChoice, type MailSizes, mailChoice } from "./mail-choice.ts";
import { type BookOptions, openBook, type ReceiptBook } from "./receipt-book.ts";
import { type Mails, readSpamAssassin } from "./spam-assassin.ts";
import { SPEECH_ROUNDS, speechChoice, type Transcriber } from "./speech-choice.ts";
import { readClips } from "./speech-clips.ts";
import { TAG_SIZES, type TagSizes, tagChoice } from "./tag-choice.ts";
import { majority, type TrainedText } from "./text-candidate.ts";
import { worthOf } from "./worth.ts";

export const DEMO_SCHEMA = "frugal.demo/1";

/** Samples a second that Moonshine hears (Jeffries et al. 2024, 3.1). */
const MOONSHINE_RATE_HZ = 16_000;

export interface DemoOptions extends BookOptions {
  /** Absolute; the report is written there at the end. */
  readonly folder: string;
  readonly seeds: readonly number[];
  /** Smaller than the real demo, for tests. */
  readonly mailSizes?: MailSizes;
  readonly mailsPerGroup?: number;
  readonly adaptSizes?: MailSizes;
  readonly adaptSteps?: number;
  readonly tagSizes?: TagSizes;
  readonly clips?: number;
  readonly speechRounds?: number;
}

/** The content of `report.json`. */
export interface DemoRecord {
  readonly schema: typeof DEMO_SCHEMA;
  readonly choices: readonly ChoiceReport[];
  readonly receipts: readonly Receipt[];
}

export interface DemoResult {
  readonly record: DemoRecord;
  /** Folders of the models that were kept. */
  readonly models: readonly string[];
  readonly unstored: FrugalError | undefined;
}

/** All phases are receipts; their energies add up to what the demo took, without its start and the writing of its report. */
export async function runDemo(world: World, options: DemoOptions): Promise<DemoResult> {
  await requireFolder(world.files, options.folder);
  const book = openBook(world, options);
  const { mail, again } = await sortMail(world, book, options);
  const tags = await tagChoice({
    world,
    book,
    folder: options.folder,
    model: await packagedMiniLm(world.files),
    seed: options.seeds[0] ?? 1,
    sizes: options.tagSizes ?? TAG_SIZES,
    signal: options.signal,
  });
  const speech = await writeDownSpeech(world, book, options);
  const choices = [mail.report, again, tags.report, speech.report];
  const models = [...(await keepTrained(mail.trained, options.folder)), ...tags.models, speech.model];
  const record: DemoRecord = { schema: DEMO_SCHEMA, choices, receipts: book.receipts };
  await write(world.files, join(options.folder, "report.json"), `${JSON.stringify(record, null, 2)}\n`);
  await write(world.files, join(options.folder, "index.html"), choicePage(choices, book.receipts));
  return { record, models, unstored: book.unstored };
}

interface ReadyMail {
  readonly mails: Mails;
  readonly embedder: Embedder;
}

/** Mails and MiniLM are there for both mail jobs. */
async function withMail<T>(
  world: World,
  book: ReceiptBook,
  { signal, mailsPerGroup }: DemoOptions,
  work: (ready: ReadyMail, receipt: Receipt) => Promise<T>,
): Promise<T> {
  const subject = { type: "data", id: "spam-assassin" } as const;
  const ready = await book.record({ kind: "demo", subject }, async (meter) => {
    book.progress({ kind: "phase", name: "reading", unit: "mails" });
    const mails = await meter.span("read", () =>
      readSpamAssassin(world, {
        signal,
        progress: book.progress,
        ...(mailsPerGroup === undefined ? {} : { perGroup: mailsPerGroup }),
      }),
    );
    const model = await packagedMiniLm(world.files);
    const embedder = await meter.span("load", () =>
      openEmbedder(world, { model, dtype: "q4", maxTokens: 128, signal }),
    );
    return { value: { mails, embedder }, facts: { work: { unit: "mail", count: mails.mails.length } } };
  });
  try {
    return await work(ready.value, ready.receipt);
  } finally {
    await ready.value.embedder.close();
  }
}

interface SortedMail {
  readonly mail: MailChoice;
  readonly again: ChoiceReport;
}

/** First with what is ready; then again with fewer mails, where adapting the model might make up for them. */
async function sortMail(world: World, book: ReceiptBook, options: DemoOptions): Promise<SortedMail> {
  const { seeds, signal, folder, mailSizes = MAIL_SIZES, adaptSizes = ADAPT_SIZES, adaptSteps } = options;
  return await withMail(world, book, options, async ({ mails, embedder }, ready) => {
    const common = { world, book, mails, parents: [ready.id], signal };
    const [words, frozen] = [tfidf(world.files), miniLm(world.files, embedder)];
    const mail = await mailChoice({
      ...common,
      ...FIRST,
      candidates: [majority, words, frozen],
      seeds,
      sizes: mailSizes,
    });
    const adapted = adaptedMiniLm({
      world,
      book,
      folder: join(folder, "models"),
      model: await packagedMiniLm(world.files),
      signal,
      ...(adaptSteps !== undefined && { maxSteps: adaptSteps }),
    });
    const again = await mailChoice({
      ...common,
      ...AGAIN,
      candidates: [words, miniLm(world.files, embedder), adapted],
      seeds: seeds.slice(0, 1),
      sizes: adaptSizes,
    });
    await adapted.close();
    return { mail, again: withWorth(again.report) };
  });
}

const FIRST = { title: "Spam or ham", question: "Which model sorts mail with the least energy?" };
const AGAIN = {
  title: "Spam or ham, adapted",
  question: "With few mails to learn from, is adapting a model worth its energy?",
};
const ADAPT_SIZES: MailSizes = { pool: 300, train: 100, test: 150, rounds: 4, perRound: 50, leastTurnS: 0.3 };

const withWorth = (report: ChoiceReport): ChoiceReport => ({
  ...report,
  honesty: [worthOf(report.candidates.at(-1)!, report.candidates.slice(0, -1)), ...report.honesty],
});

async function writeDownSpeech(
  world: World,
  book: ReceiptBook,
  { folder, signal, clips: limit, speechRounds: rounds = SPEECH_ROUNDS }: DemoOptions,
): Promise<{ readonly report: ChoiceReport; readonly model: string }> {
  const task = "automatic-speech-recognition";
  const model = join(folder, "models/moonshine-tiny");
  const subject = { type: "model", id: "moonshine-tiny", task } as const;
  const ready = await book.record({ kind: "demo", subject }, async (meter) => {
    book.progress({ kind: "phase", name: "opening the speech model" });
    const clips = await readClips(world.files, MOONSHINE_RATE_HZ, limit);
    await assembleMoonshine(world, model);
    // Last: whatever fails before leaves no child behind.
    const engine = await meter.span("load", () => openEngine(world, { task, model, signal }));
    return { value: { engine, clips } };
  });
  const { engine, clips } = ready.value;
  const transcriber: Transcriber = {
    facts: engine.facts,
    async transcribe(samples, stop) {
      const [output] = await engine.run([{ kind: "audio", samples }], {}, stop);
      return output?.kind === "text" ? output.text : "";
    },
  };
  try {
    const job = { world, book, clips, transcriber, parents: [ready.receipt.id], rounds, signal };
    return { report: await speechChoice(job), model };
  } finally {
    await engine.close();
  }
}

async function keepTrained(trained: ReadonlyMap<string, TrainedText>, folder: string): Promise<string[]> {
  const kept: string[] = [];
  for (const [id, { save }] of trained) {
    if (save === undefined) continue;
    const path = join(folder, "models", id);
    await save(path);
    kept.push(path);
  }
  return kept;
}

/** Before the work: minutes of computing must not end in a report that has no place to go. */
async function requireFolder(files: Files, folder: string): Promise<void> {
  try {
    await files.makeFolder(folder);
  } catch (thrown) {
    throw noPlace(folder, thrown);
  }
}

async function write(files: Files, path: string, text: string): Promise<void> {
  try {
    await files.writeAtomic(path, text);
  } catch (thrown) {
    throw noPlace(path, thrown);
  }
}

const noPlace = (path: string, thrown: unknown): FrugalError =>
  unwritable(`cannot write ${path}`, thrown, "name another folder with --out");
