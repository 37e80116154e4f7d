/** Examples of a recipe as sequences for a decoder. */
import type { Files } from "../../core/ports.ts";
import { checkTokens } from "../../learn/check-batch.ts";
import { type DecoderPlan, decoderShape, planDecoderBatches } from "../../learn/data/decoder-batches.ts";
import {
  type DecoderDataset,
  type EncodedSequences,
  encodeSequences,
} from "../../learn/data/encode-sequences.ts";
import { datasetFindings, type Finding, sequenceFindings } from "../../learn/data/findings.ts";
import { vocabularyFacts } from "../../learn/data/token-facts.ts";
import { type ChatTemplate, openChatTemplate } from "../../models/chat-template.ts";
import type { OpenDecoder } from "../../models/llama/open-decoder.ts";
import { openTokenizer, type Tokenizer } from "../../models/open-tokenizer.ts";
import { readStopTokens } from "../../models/stop-tokens.ts";
import { type DataParts, openParts } from "./open-parts.ts";
import type { Recipe } from "./recipe.ts";

export interface DecoderData {
  readonly parts: DataParts<DecoderDataset>;
  readonly tokenizer: Tokenizer;
  /** Where there are conversations. */
  readonly template?: ChatTemplate;
  readonly trained: EncodedSequences;
  readonly held: EncodedSequences;
  readonly plan: DecoderPlan;
  readonly heldPlan: DecoderPlan;
  readonly findings: readonly Finding[];
}

/** @param today what chat templates write. @throws what reading throws; "bad-data"; "model-incomplete" without a chat template. */
export async function openDecoderData(
  files: Files,
  { config, folder }: Pick<OpenDecoder, "config" | "folder">,
  recipe: Recipe,
  today: Date,
): Promise<DecoderData> {
  const tokenizer = await openTokenizer(files, folder);
  const parts = await openParts<DecoderDataset>(files, recipe, ["chat", "completion", "text"]);
  const { chatTemplate: name } = recipe;
  const isChat = parts.dataset.kind === "chat";
  const tools =
    parts.dataset.kind === "chat" && parts.dataset.examples.some((one) => one.tools !== undefined);
  const template = isChat
    ? await openChatTemplate(
        files,
        { folder, tokenizer },
        { today, tools, ...(name !== undefined && { name }) },
      )
    : undefined;
  const options = {
    tokenizer,
    maxLength: recipe.maxLength,
    stops: await readStopTokens(files, folder, tokenizer),
    ...(template !== undefined && { template }),
  };
  const trained = encodeSequences(parts.train, options);
  const held = encodeSequences(parts.held, options);
  const limits = { vocabulary: config.vocabulary, positions: Number.POSITIVE_INFINITY };
  for (const { sequences } of [trained, held]) checkTokens(sequences, limits);
  const planOf = ({ sequences }: EncodedSequences): DecoderPlan =>
    planDecoderBatches(sequences, {
      ...decoderShape(sequences, { batchTokens: recipe.batchTokens }),
      packed: !recipe.unpacked,
    });
  const facts = vocabularyFacts(trained.sequences, { tokenizer: tokenizer.size, rows: config.vocabulary });
  return {
    parts,
    tokenizer,
    ...(template !== undefined && { template }),
    trained,
    held,
    plan: planOf(trained),
    heldPlan: planOf(held),
    findings: [...datasetFindings(parts.train, parts.held), ...sequenceFindings(trained, facts)],
  };
}
