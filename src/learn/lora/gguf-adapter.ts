/** Adapters of decoders as llama.cpp takes them, --lora (ggml-org/llama.cpp, convert_lora_to_gguf.py and src/llama-adapter.cpp). */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { toFloat32 } from "../../formats/convert-dtype.ts";
import type { RangedFiles } from "../../formats/file-range.ts";
import type { GgufValue } from "../../formats/gguf/gguf-values.ts";
import { openGguf } from "../../formats/gguf/open-gguf.ts";
import { writeGguf } from "../../formats/gguf/write-gguf.ts";
import type { MemoryTensor } from "../../formats/safetensors.ts";
import { readFloat32 } from "../../formats/stored-tensor.ts";
import { ggufName } from "../../models/llama/from-gguf.ts";
import { type Adapter, layersOf, wholeOf } from "./adapter.ts";
import { LORA_DEFAULTS } from "./settings.ts";
import { matrix, withScale } from "./uniform-layers.ts";

/** What an adapter's base must say of itself. */
export interface GgufBase {
  /** model_type of config.json. */
  readonly type: string;
  readonly heads: number;
  readonly keyValueHeads: number;
}

/** convert_hf_to_gguf.py: the first Mistral calls itself llama. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["llama", "llama"],
  ["mistral", "llama"],
  ["qwen2", "qwen2"],
  ["qwen3", "qwen3"],
  ["gemma", "gemma"],
]);
/** Layers whose rows that architecture stores in pairs (convert_hf_to_gguf.py, LlamaModel.permute). */
const PAIRED = "llama";
const IN_BLOCK = /^model\.layers\.\d+\.(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj)$/;

/**
 * @throws "export-refused" for what such a file cannot say: DoRA, weights trained as a whole, other layers than those of the blocks;
 * "disk-full", "file-unwritable".
 */
export async function writeGgufAdapter(
  files: Pick<Files, "readBytes" | "writeAtomicFrom">,
  path: string,
  adapter: Adapter,
  base: GgufBase,
): Promise<void> {
  const layers = layersOf(adapter);
  const architecture = ARCHITECTURES.get(base.type);
  const [first] = layers;
  if (architecture === undefined)
    throw refused(path, `llama.cpp has no architecture for ${base.type} that is written here`);
  if (first === undefined) throw refused(path, "it has no adapted layers");
  if (adapter.settings.use_dora) throw refused(path, "llama.cpp has no DoRA");
  const [whole] = wholeOf(adapter).keys();
  if (whole !== undefined) throw refused(path, `${whole} was trained as a whole`);
  const other = layers.find(({ module }) => !IN_BLOCK.test(module));
  if (other !== undefined) throw refused(path, `${other.module} is no layer of a block`);
  // llama.cpp multiplies by alpha / rank, whatever the file was trained with.
  const alpha = first.scale * first.rank;
  const tensors = new Map<string, MemoryTensor>();
  for (const layer of layers) {
    const { a, b } = withScale(layer, alpha / layer.rank);
    const name = ggufName(`${layer.module}.weight`);
    tensors.set(`${name}.lora_a`, a);
    tensors.set(`${name}.lora_b`, architecture === PAIRED ? inPairs(b, headsOf(layer.module, base)) : b);
  }
  const metadata = new Map<string, GgufValue>([
    ["general.architecture", { type: "string", value: architecture }],
    ["general.type", { type: "string", value: "adapter" }],
    ["adapter.type", { type: "string", value: "lora" }],
    ["adapter.lora.alpha", { type: "float32", value: alpha }],
  ]);
  await writeGguf(files, path, { metadata, tensors });
}

/** What `writeGgufAdapter` wrote; from elsewhere only float tensors are taken. @throws "bad-model", "unsupported-input". */
export async function readGgufAdapter(files: RangedFiles, path: string, base: GgufBase): Promise<Adapter> {
  const { metadata, tensors } = await openGguf(files, path);
  const value = (key: string): unknown => metadata.get(key)?.value;
  const wanted = ARCHITECTURES.get(base.type);
  if (value("general.type") !== "adapter" || value("adapter.type") !== "lora")
    throw damaged(path, "it says of itself that it is no LoRA adapter");
  if (value("general.architecture") !== wanted) {
    throw damaged(
      path,
      `it is for ${String(value("general.architecture"))}, and the base is ${wanted ?? base.type}`,
    );
  }
  const out = new Map<string, MemoryTensor>();
  const ranks: Record<string, number> = {};
  for (const [name, tensor] of tensors) {
    const [, stem, half] = /^(.*)\.weight\.lora_([ab])$/.exec(name) ?? [];
    const module = stem === undefined ? undefined : moduleNamed(stem);
    if (module === undefined) throw damaged(path, `it holds ${name}, which belongs to no layer of a block`);
    const plain = matrix(tensor.shape, await readFloat32(files, tensor));
    if (half === "a") ranks[`^${module.replaceAll(".", "\\.")}`] = plain.shape[0]!;
    const isPaired = half === "b" && wanted === PAIRED;
    out.set(
      `${module}.lora_${half!.toUpperCase()}.weight`,
      isPaired ? inHalves(plain, headsOf(module, base)) : plain,
    );
  }
  const alpha = Number(value("adapter.lora.alpha") ?? 0);
  const adapter: Adapter = {
    settings: {
      ...LORA_DEFAULTS,
      task_type: "CAUSAL_LM",
      lora_alpha: alpha,
      r: Object.values(ranks)[0] ?? 1,
      rank_pattern: ranks,
    },
    tensors: out,
  };
  layersOf(adapter);
  return adapter;
}

const PARTS = [
  "self_attn.q_proj",
  "self_attn.k_proj",
  "self_attn.v_proj",
  "self_attn.o_proj",
  "mlp.gate_proj",
  "mlp.up_proj",
  "mlp.down_proj",
];

function moduleNamed(stem: string): string | undefined {
  const layer = /^blk\.(\d+)\./.exec(stem)?.[1];
  return PARTS.map((part) => `model.layers.${layer}.${part}`).find(
    (module) => ggufName(`${module}.weight`) === `${stem}.weight`,
  );
}

/** Of a layer whose rows are heads; undefined for others. */
function headsOf(module: string, { heads, keyValueHeads }: GgufBase): number | undefined {
  if (module.endsWith(".q_proj")) return heads;
  return module.endsWith(".k_proj") ? keyValueHeads : undefined;
}

/** transformers rotates a channel of the first half of a head with one of the second, llama.cpp neighbours. */
const inPairs = (b: MemoryTensor, heads: number | undefined): MemoryTensor =>
  withRows(b, heads, (row, size) => (row >> 1) + (row & 1) * (size / 2));
const inHalves = (b: MemoryTensor, heads: number | undefined): MemoryTensor =>
  withRows(b, heads, (row, size) => (row < size / 2 ? 2 * row : 2 * (row - size / 2) + 1));

/** @param from which row of a head of `size` rows comes to `row`. */
function withRows(
  b: MemoryTensor,
  heads: number | undefined,
  from: (row: number, size: number) => number,
): MemoryTensor {
  if (heads === undefined) return b;
  const [rows, width] = b.shape as [number, number];
  const size = rows / heads;
  const values = toFloat32(b.data, "float32");
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const source = row - (row % size) + from(row % size, size);
    out.set(values.subarray(source * width, (source + 1) * width), row * width);
  }
  return matrix(b.shape, out);
}

const refused = (path: string, why: string): FrugalError =>
  new FrugalError({
    code: "export-refused",
    what: `cannot write ${path} for llama.cpp`,
    why,
    remedy: "merge the adapter into its base, and convert the merged model",
  });

const damaged = (path: string, why: string): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: `${path} is no adapter for this base`,
    why,
    remedy: "give a file that llama.cpp or frugal made for it",
  });
