/** Tokens that end an answer. */
import type { Files } from "../core/ports.ts";
import type { Tokenizer } from "./open-tokenizer.ts";
import { optionalJson } from "./read-model-json.ts";

/** The tokenizer's own, and those of generation_config.json or else config.json, of which there may be several. */
export async function readStopTokens(
  files: Pick<Files, "readText">,
  folder: string,
  { special }: Pick<Tokenizer, "special">,
): Promise<ReadonlySet<number>> {
  const found = [
    (await optionalJson(files, `${folder}/generation_config.json`))?.["eos_token_id"] ??
      (await optionalJson(files, `${folder}/config.json`))?.["eos_token_id"],
    special.eos?.id,
  ];
  return new Set(found.flat().filter((id): id is number => Number.isSafeInteger(id)));
}
