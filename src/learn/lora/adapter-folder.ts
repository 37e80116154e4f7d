/** A folder of an adapter, whoever's: a file of tensors, and adapter_config.json, without which it is none. */
import { FrugalError, systemCode, unwritable } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { writeSafetensorsFile } from "../../formats/safetensors.ts";
import type { TensorRef } from "../../formats/tensor-ref.ts";
import { type JsonObject, optionalJson } from "../../models/read-model-json.ts";

export const ADAPTER_CONFIG = "adapter_config.json";

export interface AdapterFiles {
  /** Name of the file of tensors. */
  readonly weights: string;
  readonly tensors: ReadonlyMap<string, TensorRef>;
  /** What the file says its layout is: "pt" or "mlx". */
  readonly format: string;
  readonly config: string;
}

/** @throws "disk-full", "file-unwritable": there is then the old adapter, or none. */
export async function writeAdapterFolder(
  files: Pick<Files, "readBytes" | "writeAtomic" | "writeAtomicFrom" | "remove">,
  folder: string,
  { weights, tensors, format, config }: AdapterFiles,
): Promise<void> {
  const path = `${folder}/${ADAPTER_CONFIG}`;
  try {
    // Never an old configuration with new weights, wherever this is interrupted.
    await files.remove(path);
    await writeSafetensorsFile(files, `${folder}/${weights}`, tensors, {
      metadata: new Map([["format", format]]),
    });
    await files.writeAtomic(path, config);
  } catch (thrown) {
    if (thrown instanceof FrugalError || systemCode(thrown) === undefined) throw thrown;
    throw unwritable(`cannot write an adapter into ${folder}`, thrown, "choose another folder");
  }
}

/** @param who writes such folders. @throws "model-incomplete", "bad-model", "file-unreadable". */
export async function readAdapterConfig(
  files: Pick<Files, "readText">,
  folder: string,
  who: string,
): Promise<{ readonly path: string; readonly json: JsonObject }> {
  const path = `${folder}/${ADAPTER_CONFIG}`;
  const json = await optionalJson(files, path);
  if (json === undefined) throw incompleteAdapter(folder, ADAPTER_CONFIG, who);
  return { path, json };
}

export const incompleteAdapter = (folder: string, name: string, who: string): FrugalError =>
  new FrugalError({
    code: "model-incomplete",
    what: `${folder} holds no whole adapter`,
    why: `${name} is missing`,
    remedy: `give a folder that ${who} or frugal wrote an adapter into`,
  });
