/** Any model by its folder or hub id: classifiers trained here, and everything that the engines open. */
import { isAbsolute, join } from "node:path";
import type { World } from "../core/ports.ts";
import type { Engine } from "../engines/engine.ts";
import { type OpenOptions, openEngine } from "../engines/open-engine.ts";
import { readManifest } from "../models/manifest.ts";
import { isClassifier } from "./classifier-manifest.ts";

export async function openModel(world: World, options: OpenOptions): Promise<Engine> {
  const folder = isAbsolute(options.model) ? options.model : join(world.cwd, options.model);
  const manifest = await readManifest(world.files, folder);
  if (manifest === undefined || !isClassifier(manifest)) return await openEngine(world, options);
  const { openClassifier } = await import("./open-classifier.ts");
  return await openClassifier(world, options);
}
