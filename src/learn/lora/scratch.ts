/** A folder for graphs and merged weights while a model runs. */
import { frugalHome } from "../../core/environment.ts";
import { unwritable } from "../../core/error.ts";
import type { World } from "../../core/ports.ts";

export interface Scratch {
  readonly folder: string;
  remove(): Promise<void>;
}

let count = 0;

/**
 * In frugal's own folder, where nobody else writes; what processes left that were killed is cleared away.
 * @throws "disk-full", "file-unwritable".
 */
export async function makeScratch({
  files,
  env,
  machine,
  processes,
}: Pick<World, "files" | "env" | "machine" | "processes">): Promise<Scratch> {
  const all = `${frugalHome(env, machine)}/scratch`;
  const folder = `${all}/${processes.pid}-${count++}`;
  try {
    await files.makeFolder(folder);
  } catch (thrown) {
    throw unwritable(`cannot write ${folder}`, thrown, "set FRUGAL_HOME to a folder on another disk");
  }
  // What cannot be removed now the next run clears away: it says nothing of this one's result.
  const left = async (): Promise<void> => {
    for (const name of await files.list(all)) {
      const owner = Number(name.split("-")[0]);
      if (owner !== processes.pid && !processes.isRunning(owner)) await files.remove(`${all}/${name}`);
    }
  };
  await left().catch(() => {});
  return { folder, remove: () => files.remove(folder).catch(() => {}) };
}
