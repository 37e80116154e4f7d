/**
 * Moonshine tiny, English speech recognition (Jeffries et al. 2024, arxiv.org/abs/2410.15608; weights MIT), as a folder in the hub's layout.
 * The package @moonshine-ai/moonshine-js carries the int8 ONNX files; its tokenizer is Llama's, which llama-tokenizer-js carries.
 */
import { join } from "node:path";
import { FrugalError, invariant, unwritable } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { packageFolder } from "./packaged-models.ts";

/** The architecture of UsefulSensors/moonshine-tiny, its config.json. */
const CONFIG = {
  architectures: ["MoonshineForConditionalGeneration"],
  model_type: "moonshine",
  is_encoder_decoder: true,
  hidden_size: 288,
  intermediate_size: 1_152,
  encoder_num_hidden_layers: 6,
  encoder_num_attention_heads: 8,
  encoder_num_key_value_heads: 8,
  decoder_num_hidden_layers: 6,
  decoder_num_attention_heads: 8,
  decoder_num_key_value_heads: 8,
  max_position_embeddings: 194,
  vocab_size: 32_768,
  bos_token_id: 1,
  eos_token_id: 2,
  pad_token_id: 2,
  decoder_start_token_id: 1,
};
const GENERATION = {
  bos_token_id: 1,
  eos_token_id: 2,
  pad_token_id: 2,
  decoder_start_token_id: 1,
  max_length: 194,
};
const PREPROCESSOR = {
  feature_extractor_type: "Wav2Vec2FeatureExtractor",
  processor_class: "Wav2Vec2Processor",
  sampling_rate: 16_000,
  feature_size: 1,
  padding_value: 0,
  do_normalize: false,
  return_attention_mask: true,
};
const TOKENIZER_CONFIG = {
  tokenizer_class: "PreTrainedTokenizerFast",
  bos_token: "<s>",
  eos_token: "</s>",
  unk_token: "<unk>",
  model_max_length: 194,
};

/**
 * Writes the folder where it is not whole yet.
 * @returns `folder`.
 */
export async function assembleMoonshine(world: { readonly files: Files }, folder: string): Promise<string> {
  const { files } = world;
  const weights = join(packageFolder("@moonshine-ai/moonshine-js"), "dist/model/tiny/quantized");
  await copyFile(
    files,
    join(weights, "encoder_model.onnx"),
    join(folder, "onnx/encoder_model_quantized.onnx"),
  );
  await copyFile(
    files,
    join(weights, "decoder_model_merged.onnx"),
    join(folder, "onnx/decoder_model_merged_quantized.onnx"),
  );
  const documents = {
    "config.json": CONFIG,
    "generation_config.json": GENERATION,
    "preprocessor_config.json": PREPROCESSOR,
    "tokenizer_config.json": TOKENIZER_CONFIG,
    "tokenizer.json": tokenizer(await llamaVocabulary()),
  };
  for (const [name, value] of Object.entries(documents)) {
    await files.writeAtomic(join(folder, name), `${JSON.stringify(value)}\n`);
  }
  return folder;
}

/** Copies where the size differs: a cut-off copy is made again, a whole one is kept. */
export async function copyFile(files: Files, from: string, to: string): Promise<void> {
  let source: Awaited<ReturnType<Files["stat"]>>;
  try {
    source = await files.stat(from);
    if (source !== undefined && (await files.stat(to))?.size === source.size) return;
    if (source !== undefined) return await files.writeAtomic(to, await files.readBytes(from));
  } catch (thrown) {
    throw unwritable(`cannot copy a model to ${to}`, thrown, "choose another folder");
  }
  throw new FrugalError({
    code: "file-missing",
    what: `${from} does not exist`,
    why: "another version of the package is installed",
    remedy: "run npm ci again",
  });
}

async function llamaVocabulary(): Promise<readonly string[]> {
  // Named by a variable: the package is a dev dependency, and compiled code must not require its types.
  const name = "llama-tokenizer-js";
  const entry = join(packageFolder(name), "llama-tokenizer.js");
  const { LlamaTokenizer } = (await import(entry)) as {
    LlamaTokenizer: new () => { readonly vocabById: readonly string[] };
  };
  return new LlamaTokenizer().vocabById;
}

const LLAMA_SIZE = 32_000;
/** Extra ids of Moonshine, which never come out as text: `<<ST_0>>` … in its tokenizer.json. */
const EXTRA_TOKENS = 768;
const SPECIAL = ["<unk>", "<s>", "</s>"];

/**
 * A tokenizer.json that decodes: recognition only turns ids into text, so the merges, which only encoding needs, are left out.
 * The decoder steps are those of Llama's own tokenizer.json.
 */
function tokenizer(vocabulary: readonly string[]): object {
  invariant(vocabulary.length === LLAMA_SIZE, `the Llama vocabulary has ${vocabulary.length} entries`);
  const extra = Array.from({ length: EXTRA_TOKENS }, (_, at) => `<<ST_${at}>>`);
  const all = [...vocabulary, ...extra];
  const special = (content: string, id: number): object => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [
      ...SPECIAL.map((content, id) => special(content, id)),
      ...extra.map((content, at) => special(content, LLAMA_SIZE + at)),
    ],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: "<unk>",
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(all.map((token, id) => [token, id])),
      merges: [],
    },
  };
}
