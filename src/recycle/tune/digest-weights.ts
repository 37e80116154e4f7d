/** What tells one state of a model's files from another: a run that is gone on with must find the weights that it began with. */
import { basename, dirname } from "node:path";
import type { Files } from "../../core/ports.ts";
import { clearFiles } from "../../engines/clear-files.ts";
import { digestFile } from "../../engines/model-folder.ts";

/** @param paths absolute. @returns sha256 by the files' names. @throws "file-unreadable". */
export async function digestWeights(
  files: Files,
  paths: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const reading = clearFiles(files, undefined);
  const found: Record<string, string> = {};
  for (const path of paths) {
    found[basename(path)] = (await digestFile(reading, dirname(path), basename(path))).sha256;
  }
  return found;
}
