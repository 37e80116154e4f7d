/** Which is the least energy that does the job? Asked for two real jobs, offline, with models and data that ship in packages. */
import { join } from "node:path";
import { type FrugalError, unwritable } from "../../core/error.ts";
import type { Files, World } from "../../core/ports.ts";
import { openEmbedder } from "../../engines/embedder.ts";
import { openEngine } from "../../engines/open-engine.ts";
import type { Receipt } from "../../receipt/receipt.ts";
import { choicePage } from "../../report/choice-page.ts";
import type { ChoiceReport } from "../../score/choice-report.ts";
import { assembleMoonshine } from "../assemble-moonshine.ts";
import { packagedMiniLm } from "../packaged-models.ts";
import { miniLm, tfidf } from "./mail-candidates.ts";
import { MAIL_SIZES, type MailSizes, mailChoice } from "./mail-choice.ts";
import { type BookOptions, openBook, type ReceiptBook } from "./receipt-book.ts";
import { readSpamAssassin } from "./spam-assassin.ts";
import { SPEECH_ROUNDS, speechChoice, type Transcriber } from "./speech-choice.ts";
import { readClips } from "./speech-clips.ts";
import { majority, type TrainedText } from "./text-candidate.ts";

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
  const mail = await sortMail(world, book, options);
  const speech = await writeDownSpeech(world, book, options);
  const choices = [mail.report, speech.report];
  const models = [...(await keepTrained(mail.trained, options.folder)), speech.model];
  const record: DemoRecord = { schema: DEMO_SCHEMA, choices, receipts: book.receipts };
  await write(world.files, join(options.folder, "report.json"), `${JSON.stringify(record, null, 2)}\n`);
  await write(world.files, join(options.folder, "index.html"), choicePage(choices, book.receipts));
  return { record, models, unstored: book.unstored };
}

async function sortMail(
  world: World,
  book: ReceiptBook,
  { seeds, signal, mailSizes = MAIL_SIZES, mailsPerGroup }: DemoOptions,
): ReturnType<typeof mailChoice> {
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
  const { mails, embedder } = ready.value;
  try {
    return await mailChoice({
      world,
      book,
      mails,
      candidates: [majority, tfidf(world.files), miniLm(world.files, embedder)],
      parents: [ready.receipt.id],
      seeds,
      sizes: mailSizes,
      signal,
    });
  } finally {
    await embedder.close();
  }
}

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
