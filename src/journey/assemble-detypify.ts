/** Detypify (MIT): hand-drawn mathematical symbols, 411 classes, from the package detypify-service, with a manifest of ours. */
import { join } from "node:path";
import type { Files } from "../core/ports.ts";
import { MANIFEST_FORMAT, MANIFEST_NAME, type Manifest } from "../models/manifest.ts";
import { copyFile } from "./assemble-moonshine.ts";
import { packageFolder } from "./packaged-models.ts";

/**
 * The model sees white strokes, 8 pixels wide, on a black square of 224 pixels, as 0 … 1 (dist/index.mjs of the package).
 * @returns `folder`.
 */
export async function assembleDetypify(world: { readonly files: Files }, folder: string): Promise<string> {
  const { files } = world;
  const source = join(packageFolder("detypify-service"), "train");
  await copyFile(files, join(source, "model.onnx"), join(folder, "model.onnx"));
  const symbols = JSON.parse(await files.readText(join(source, "infer.json"))) as { names: string[] }[];
  const manifest: Manifest = {
    format: MANIFEST_FORMAT,
    kind: "onnx-image-classifier",
    task: "image-classification",
    labels: symbols.map(({ names }) => names[0] ?? "unnamed"),
    weights: "model.onnx",
    dtype: "fp32",
    input: { width: 224, height: 224, channels: 1, scale: 1 / 255, mean: [0], std: [1] },
  };
  await files.writeAtomic(join(folder, MANIFEST_NAME), `${JSON.stringify(manifest, null, 2)}\n`);
  return folder;
}
