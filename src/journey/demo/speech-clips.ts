/** The ten labelled clips of this repository; sources and licences stand in the README beside them. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FrugalError, systemCode } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { clearFiles, type ReadFiles } from "../../engines/clear-files.ts";
import { resample } from "../../formats/resample.ts";
import { readWav } from "../../formats/wav.ts";
import type { ChoiceData } from "../../score/choice-report.ts";

export interface Clip {
  readonly name: string;
  /** What is said, as the source of the clip has it. */
  readonly transcript: string;
  readonly samples: Float32Array;
  readonly seconds: number;
}

export interface Clips {
  readonly clips: readonly Clip[];
  readonly sha256: string;
}

export const CLIPS: Pick<ChoiceData, "name" | "source" | "licence" | "prepared"> = {
  name: "five sentences of an audio book and five phrases that name cards",
  source: "Debian package pocketsphinx-testdata 0.8+5prealpha+1-15",
  licence: "LibriVox reading: public domain; card phrases: BSD-2-Clause",
  prepared: [
    "Transcripts are the package's own; one of them repeats a word, as the reference has it.",
    "Before words are compared, case, punctuation, contractions, titles and spelled numbers are made alike (Radford et al. 2022, appendix C).",
  ],
};

const FOLDER = fileURLToPath(new URL("../../../test/fixtures/speech", import.meta.url));

/** @param limit only the first so many, for a quick try. @throws "file-missing" outside a clone of the repository. */
export async function readClips(
  files: Files,
  rateHz: number,
  limit: number = Number.POSITIVE_INFINITY,
): Promise<Clips> {
  try {
    return await readAll(clearFiles(files), rateHz, limit);
  } catch (thrown) {
    if (systemCode(thrown) !== "ENOENT" && systemCode(thrown) !== "ENOTDIR") throw thrown;
    throw new FrugalError({
      code: "file-missing",
      what: `the speech clips are not in ${FOLDER}`,
      why: "they belong to frugal's repository and do not come with the package",
      remedy: "run the demo in a clone of the repository",
      cause: thrown,
    });
  }
}

async function readAll(files: ReadFiles, rateHz: number, limit: number): Promise<Clips> {
  const transcripts: Record<string, string> = JSON.parse(
    await files.readText(join(FOLDER, "transcripts.json")),
  );
  const hash = createHash("sha256");
  const clips: Clip[] = [];
  for (const [name, transcript] of Object.entries(transcripts).slice(0, limit)) {
    const bytes = await files.readBytes(join(FOLDER, name));
    hash.update(`${JSON.stringify([name, transcript])}\n`).update(bytes);
    const samples = resample(readWav(name, bytes), rateHz);
    clips.push({ name, transcript, samples, seconds: samples.length / rateHz });
  }
  return { clips, sha256: hash.digest("hex") };
}
