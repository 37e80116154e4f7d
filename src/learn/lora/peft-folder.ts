/** Adapters in PEFT's folders: adapter_config.json and adapter_model.safetensors (huggingface/peft, utils/save_and_load.py). */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { fromFloat32 } from "../../formats/convert-dtype.ts";
import { clearStat, type RangedFiles } from "../../formats/file-range.ts";
import { openPytorch } from "../../formats/pytorch/open-pytorch.ts";
import { type MemoryTensor, openSafetensors } from "../../formats/safetensors.ts";
import { readFloat32, type StoredTensor } from "../../formats/stored-tensor.ts";
import { type Adapter, layersOf, MAGNITUDE } from "./adapter.ts";
import { incompleteAdapter, readAdapterConfig, writeAdapterFolder } from "./adapter-folder.ts";
import { readSettings, settingsJson } from "./settings-json.ts";

const PEFT_WEIGHTS = "adapter_model.safetensors";
/** Of PEFT before 0.7. */
const PEFT_PICKLE = "adapter_model.bin";
const PREFIX = "base_model.model.";

type ReadFiles = RangedFiles & Pick<Files, "readText">;

/**
 * @returns the adapter, and what was left out of its settings.
 * @throws "model-incomplete", "bad-model"; "unsupported-input" for what is more than LoRA on linear layers; "file-unreadable".
 */
export async function readPeftFolder(
  files: ReadFiles,
  folder: string,
): Promise<{ readonly adapter: Adapter; readonly warnings: readonly string[] }> {
  const { path, json } = await readAdapterConfig(files, folder, "PEFT");
  const { settings, warnings } = readSettings(path, json);
  const tensors = new Map<string, MemoryTensor>();
  for (const [stored, tensor] of await openTensors(files, folder)) {
    const name = plainName(folder, stored);
    const data = fromFloat32(await readFloat32(files, tensor), "float32");
    tensors.set(name, { dtype: "float32", shape: tensor.shape, data });
  }
  const adapter = { settings, tensors };
  layersOf(adapter);
  return { adapter, warnings };
}

async function openTensors(files: ReadFiles, folder: string): Promise<ReadonlyMap<string, StoredTensor>> {
  if (await clearStat(files, `${folder}/${PEFT_WEIGHTS}`))
    return (await openSafetensors(files, `${folder}/${PEFT_WEIGHTS}`)).tensors;
  if (await clearStat(files, `${folder}/${PEFT_PICKLE}`))
    return await openPytorch(files, `${folder}/${PEFT_PICKLE}`);
  throw incompleteAdapter(folder, PEFT_WEIGHTS, "PEFT");
}

function plainName(folder: string, stored: string): string {
  const name = stored.startsWith(PREFIX) ? stored.slice(PREFIX.length) : stored;
  const odd = /\.(lora_embedding_[AB]|token_adapter|lora_[AB]\.bias|base_layer)\b/.exec(name)?.[1];
  if (odd !== undefined) {
    throw new FrugalError({
      code: "unsupported-input",
      what: `the adapter in ${folder} cannot be computed here`,
      why: `${name} (${odd}) belongs to no linear layer's A, B or magnitude`,
      remedy: "merge it into its base with PEFT (merge_and_unload), and use the merged model",
    });
  }
  // PEFT before 0.9 kept the magnitude in a module of its own.
  return name.endsWith(`${MAGNITUDE}.weight`) ? name.slice(0, -".weight".length) : name;
}

/**
 * @param prefix what is cut from the front of names, such as "bert." for a base that is the bare encoder.
 * @throws "disk-full", "file-unwritable".
 */
export async function writePeftFolder(
  files: Pick<Files, "readBytes" | "writeAtomic" | "writeAtomicFrom" | "remove">,
  folder: string,
  { settings, tensors }: Adapter,
  { prefix = "" }: { readonly prefix?: string } = {},
): Promise<void> {
  const named = [...tensors].map(([name, tensor]): [string, MemoryTensor] => [
    PREFIX + (name.startsWith(prefix) ? name.slice(prefix.length) : name),
    tensor,
  ]);
  await writeAdapterFolder(files, folder, {
    weights: PEFT_WEIGHTS,
    tensors: new Map(named),
    format: "pt",
    config: settingsJson(settings),
  });
}
