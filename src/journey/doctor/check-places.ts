/** FRUGAL_HOME, the ledger and the model cache: there, writable, how full. */
import { frugalHome } from "../../core/environment.ts";
import { FrugalError, messageOf, systemCode } from "../../core/error.ts";
import type { Files, World } from "../../core/ports.ts";
import { readAnchor } from "../../ledger/anchor.ts";
import { pendingFolder, quarantineFolder } from "../../ledger/ledger-folder.ts";

export interface PlaceCheck {
  readonly name: "home" | "ledger" | "models";
  readonly path: string;
  readonly usable: boolean;
  /** What was found, in words. */
  readonly facts: readonly string[];
  readonly reason?: string;
  /** What it costs the user until it is repaired. */
  readonly cost?: string;
  readonly remedy?: string;
  readonly freeB?: number;
  readonly sizeB?: number;
  readonly receipts?: number;
  readonly pending?: number;
}

/** A cache of many models has thousands of files; more are not counted, so that the time is bounded. */
const MOST_FILES = 20_000;
const SCARCE_B = 1_000_000_000;

type PlaceWorld = Pick<World, "files" | "env" | "machine" | "processes">;

export async function checkPlaces(world: PlaceWorld): Promise<readonly PlaceCheck[]> {
  const home = frugalHome(world.env, world.machine);
  return [
    await homeCheck(world, home),
    await ledgerCheck(world.files, home),
    await modelsCheck(world.files, home),
  ];
}

async function homeCheck({ files, processes }: PlaceWorld, path: string): Promise<PlaceCheck> {
  const probe = `${path}/.doctor-${processes.pid}`;
  try {
    await files.writeAtomic(probe, "written by frugal doctor, to try\n");
  } catch (thrown) {
    return {
      name: "home",
      path,
      usable: false,
      facts: [],
      reason: `it cannot be written: ${reason(thrown)}`,
      cost: "runs are measured, and their receipts are lost",
      remedy: "make it yours (ls -ld shows whose it is), or set FRUGAL_HOME to a folder that is",
    };
  }
  const left = await files.remove(probe).then(
    () => [],
    (thrown) => [`${probe}, written to try it, could not be removed: ${reason(thrown)}`],
  );
  try {
    const freeB = await files.freeBytes(path);
    const scarce = freeB < SCARCE_B ? ["less than 1 GB is free: models may not fit"] : [];
    return { name: "home", path, usable: true, facts: ["writable", ...left, ...scarce], freeB };
  } catch (thrown) {
    return {
      name: "home",
      path,
      usable: true,
      facts: ["writable", ...left, `free space is unknown: ${reason(thrown)}`],
    };
  }
}

async function ledgerCheck(files: Files, home: string): Promise<PlaceCheck> {
  const path = `${home}/ledger`;
  try {
    const anchor = await readAnchor(files, home);
    const pending = (await namesIn(files, pendingFolder(home))).filter((name) =>
      name.endsWith(".json"),
    ).length;
    const aside = (await namesIn(files, quarantineFolder(home))).length;
    const receipts = anchor?.length ?? 0;
    return {
      name: "ledger",
      path,
      usable: true,
      facts: [
        anchor === undefined ? "not there yet: the first run makes it" : `${receipts} receipts in its chain`,
        ...(pending > 0 ? [`${pending} pending: the next frugal log takes them in`] : []),
        ...(aside > 0 ? [`${aside} in quarantine: they held no receipt`] : []),
        ...(anchor === undefined ? [] : ["its chain is checked by frugal log verify, not here"]),
      ],
      receipts,
      pending,
    };
  } catch (thrown) {
    return {
      name: "ledger",
      path,
      usable: false,
      facts: [],
      reason: reason(thrown),
      cost: "frugal log and reports cannot show earlier runs; new receipts are kept as files",
      remedy: thrown instanceof FrugalError ? thrown.remedy : "check who may read the folder",
    };
  }
}

async function modelsCheck(files: Files, home: string): Promise<PlaceCheck> {
  const path = `${home}/models`;
  try {
    const { sizeB, count, complete } = await sizeOf(files, path);
    const facts =
      count === 0 ? ["no model was fetched yet"] : [`${count}${complete ? "" : " or more"} files`];
    return { name: "models", path, usable: true, facts, sizeB };
  } catch (thrown) {
    return {
      name: "models",
      path,
      usable: false,
      facts: [],
      reason: `it cannot be read: ${reason(thrown)}`,
      cost: "models from the hub cannot be used; models in folders can",
      remedy: "make it readable for you, or set FRUGAL_HOME to another folder",
    };
  }
}

async function sizeOf(
  files: Files,
  root: string,
): Promise<{ sizeB: number; count: number; complete: boolean }> {
  const folders = [root];
  let sizeB = 0;
  let count = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of await namesIn(files, folder)) {
      if (count >= MOST_FILES) return { sizeB, count, complete: false };
      const found = await files.stat(`${folder}/${name}`);
      if (found?.kind === "folder") folders.push(`${folder}/${name}`);
      if (found?.kind !== "file") continue;
      sizeB += found.size;
      count++;
    }
  }
  return { sizeB, count, complete: true };
}

async function namesIn(files: Files, folder: string): Promise<readonly string[]> {
  try {
    return await files.list(folder);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return [];
    throw thrown;
  }
}

const reason = (thrown: unknown): string => systemCode(thrown) ?? messageOf(thrown);
