import { createHash } from "node:crypto";
import { FrugalError, messageOf, systemCode } from "../../core/error.ts";
import type { Environment, Files, Machine } from "../../core/ports.ts";
import { canonicalJson } from "../../receipt/canonical.ts";
import { CALIBRATION_SCHEMA, type Calibration, type CalibrationBody } from "./calibration-fit.ts";
import { calibrationFolder } from "./calibration-folder.ts";

export interface StoreWorld {
  readonly files: Pick<Files, "readText" | "listSync">;
  readonly env: Environment;
  readonly machine: Pick<Machine, "homeFolder">;
}

/** A file of the calibration folder: a fit, or why it is none. */
export type Stored =
  | { readonly path: string; readonly fit: Calibration }
  | { readonly path: string; readonly trouble: string };

export const sealCalibration = (body: CalibrationBody): Calibration => ({
  id: createHash("sha256").update(canonicalJson(body)).digest("hex"),
  ...body,
});

/** How fits are called everywhere: enough of the hash to tell them apart. */
export const shortId = ({ id }: Pick<Calibration, "id">): string => id.slice(0, 12);

/** Newest first; none when there is no folder. A file that cannot be used says why, instead of being silently left out. */
export async function storedCalibrations(world: StoreWorld): Promise<readonly Stored[]> {
  const folder = calibrationFolder(world);
  let names: readonly string[];
  try {
    names = world.files.listSync(folder);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT" || systemCode(thrown) === "ENOTDIR") return [];
    return [{ path: folder, trouble: `the folder of calibrations cannot be read (${messageOf(thrown)})` }];
  }
  const all: Stored[] = [];
  for (const name of names) {
    if (!name.endsWith(".json")) continue;
    const path = `${folder}/${name}`;
    try {
      all.push({ path, fit: parseCalibration(await world.files.readText(path)) });
    } catch (thrown) {
      all.push({ path, trouble: messageOf(thrown) });
    }
  }
  const madeAt = (stored: Stored): string => ("fit" in stored ? stored.fit.created_at : "");
  return all.sort((a, b) => madeAt(b).localeCompare(madeAt(a)));
}

/** Writes one whole file or none. @returns its path. */
export async function storeCalibration(
  world: Pick<StoreWorld, "env" | "machine"> & { readonly files: Pick<Files, "writeAtomic"> },
  fit: Calibration,
): Promise<string> {
  const path = `${calibrationFolder(world)}/${fit.kind}-${shortId(fit)}.json`;
  try {
    await world.files.writeAtomic(path, `${JSON.stringify(fit, null, 2)}\n`);
  } catch (thrown) {
    throw new FrugalError({
      code: systemCode(thrown) === "ENOSPC" ? "disk-full" : "file-unwritable",
      what: `cannot write ${path}`,
      why: systemCode(thrown) ?? messageOf(thrown),
      remedy: "free some space, or name another folder by FRUGAL_HOME",
      cause: thrown,
    });
  }
  return path;
}

/** Throws an Error that says what is wrong: no JSON, another schema, a content that its hash does not fit. */
export function parseCalibration(text: string): Calibration {
  let value: { readonly id?: unknown; readonly schema?: unknown } | null;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw new Error(`it is not JSON (${messageOf(thrown)})`);
  }
  if (typeof value !== "object" || value?.schema !== CALIBRATION_SCHEMA)
    throw new Error(`it is no ${CALIBRATION_SCHEMA}`);
  const { id, ...body } = value;
  // The hash stands for the shape as well: only we make fits, and a changed one no longer fits its own.
  const sealed = sealCalibration(body as unknown as CalibrationBody);
  if (sealed.id !== id) throw new Error("its content does not fit its hash: it was changed or damaged");
  return sealed;
}
