/** Adapters of decoders in mlx-lm's folders: both halves transposed, and a scale of its own (ml-explore/mlx-lm, tuner/{lora,dora,utils}.py). */
import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import type { RangedFiles } from "../../formats/file-range.ts";
import { type MemoryTensor, openSafetensors } from "../../formats/safetensors.ts";
import { readFloat32 } from "../../formats/stored-tensor.ts";
import { readConfig } from "../../models/config-reader.ts";
import { type Adapter, layersOf, MAGNITUDE, wholeOf } from "./adapter.ts";
import { readAdapterConfig, writeAdapterFolder } from "./adapter-folder.ts";
import { LORA_DEFAULTS } from "./settings.ts";
import { matrix, transposed, withRank, withScale } from "./uniform-layers.ts";

const WEIGHTS = "adapters.safetensors";
const LAYER = /^model\.layers\.(\d+)\.(.+)$/;

/**
 * @param layers how many blocks the base has: mlx-lm counts from the last.
 * @throws "export-refused" for weights trained as a whole and layers outside of the blocks; "disk-full", "file-unwritable".
 */
export async function writeMlxFolder(
  files: Pick<Files, "readBytes" | "writeAtomic" | "writeAtomicFrom" | "remove">,
  folder: string,
  adapter: Adapter,
  layers: number,
): Promise<void> {
  const own = layersOf(adapter);
  const [whole] = wholeOf(adapter).keys();
  const outside = whole ?? own.find(({ module }) => !LAYER.test(module))?.module;
  const [first] = own;
  if (first === undefined || outside !== undefined) {
    throw new FrugalError({
      code: "export-refused",
      what: `cannot write ${folder} for mlx-lm`,
      why: outside === undefined ? "it has no adapted layers" : `${outside} belongs to no layer of a block`,
      remedy: "merge the adapter into its base, and convert the merged model",
    });
  }
  const rank = Math.max(...own.map((layer) => layer.rank));
  const keys = new Set<string>();
  let from = layers;
  const tensors = new Map<string, MemoryTensor>();
  for (const layer of own) {
    const { module, a, b, magnitude } = withRank(withScale(layer, first.scale), rank);
    const [, at, key] = LAYER.exec(module)!;
    keys.add(key!);
    from = Math.min(from, Number(at));
    tensors.set(`${module}.lora_a`, transposed(a));
    tensors.set(`${module}.lora_b`, transposed(b));
    if (magnitude !== undefined) tensors.set(`${module}.m`, magnitude);
  }
  const config = {
    fine_tune_type: adapter.settings.use_dora ? "dora" : "lora",
    num_layers: layers - from,
    lora_parameters: { rank, scale: first.scale, dropout: adapter.settings.lora_dropout, keys: [...keys] },
  };
  const text = `${JSON.stringify(config, undefined, 4)}\n`;
  await writeAdapterFolder(files, folder, { weights: WEIGHTS, tensors, format: "mlx", config: text });
}

/** @throws "model-incomplete", "bad-model"; "unsupported-input" for full tuning. */
export async function readMlxFolder(
  files: RangedFiles & Pick<Files, "readText">,
  folder: string,
): Promise<Adapter> {
  const { path, json } = await readAdapterConfig(files, folder, "mlx-lm");
  const config = readConfig(path, json);
  const kind = config.text("fine_tune_type", "lora");
  const parameters = config.section("lora_parameters");
  if ((kind !== "lora" && kind !== "dora") || parameters === undefined) {
    throw new FrugalError({
      code: "unsupported-input",
      what: `the adapter in ${folder} cannot be computed here`,
      why: `it is of the kind ${kind}${parameters === undefined ? ", without lora_parameters" : ""}`,
      remedy: "fuse it with mlx_lm.fuse, and use the fused model",
    });
  }
  const rank = parameters.count("rank");
  const tensors = new Map<string, MemoryTensor>();
  for (const [name, tensor] of (await openSafetensors(files, `${folder}/${WEIGHTS}`)).tensors) {
    const plain = matrix(tensor.shape, await readFloat32(files, tensor));
    const [, module, part] = /^(.*)\.(lora_a|lora_b|m)$/.exec(name) ?? [];
    if (module === undefined) throw config.wrong(`${WEIGHTS} holds ${name}`);
    if (part === "m") tensors.set(module + MAGNITUDE, plain);
    else tensors.set(`${module}.${part === "lora_a" ? "lora_A" : "lora_B"}.weight`, transposed(plain));
  }
  const adapter: Adapter = {
    settings: {
      ...LORA_DEFAULTS,
      task_type: "CAUSAL_LM",
      r: rank,
      lora_alpha: parameters.number("scale") * rank,
      lora_dropout: parameters.number("dropout", 0),
      use_dora: kind === "dora",
      target_modules: [...new Set([...tensors.keys()].map((name) => name.replace(/\.lora_.*$/, "")))],
    },
    tensors,
  };
  layersOf(adapter);
  return adapter;
}
