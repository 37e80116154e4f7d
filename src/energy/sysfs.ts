/** Small files of Linux's /sys and /proc, where absence is an answer. */
import type { Files } from "../core/ports.ts";
import { MICROJOULES_PER_JOULE } from "../core/quantity.ts";

export type SysFiles = Pick<Files, "listSync" | "readTextSync">;

export function namesIn(files: SysFiles, folder: string): readonly string[] {
  try {
    return files.listSync(folder);
  } catch {
    return [];
  }
}

/** Trimmed; undefined when it cannot be read. */
export function textAt(files: SysFiles, path: string): string | undefined {
  try {
    return files.readTextSync(path).trim();
  } catch {
    return undefined;
  }
}

/** Joules of a µJ file or watts of a µW file; throws when it cannot be read or holds no number. */
export function readMicro(files: Pick<SysFiles, "readTextSync">, path: string): number {
  const text = files.readTextSync(path).trim();
  if (!/^\d+$/.test(text)) throw new Error(`${path} holds ${JSON.stringify(text)}`);
  return Number(text) / MICROJOULES_PER_JOULE;
}
