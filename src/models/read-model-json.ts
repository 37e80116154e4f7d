/** JSON files of a model's folder. */
import { FrugalError, messageOf, systemCode } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { unreadable } from "../formats/file-range.ts";

/** undefined where there is no such file. @throws "file-unreadable" */
export async function optionalText(
  files: Pick<Files, "readText">,
  path: string,
): Promise<string | undefined> {
  try {
    return await files.readText(path);
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(path, thrown);
  }
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** undefined where there is no such file. @throws "file-unreadable"; "bad-model" for what is no JSON object. */
export async function optionalJson(
  files: Pick<Files, "readText">,
  path: string,
): Promise<JsonObject | undefined> {
  const text = await optionalText(files, path);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch (thrown) {
    throw damaged(path, messageOf(thrown), thrown);
  }
  throw damaged(path, "it is no JSON object");
}

export const damaged = (path: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "bad-model",
    what: `${path} cannot be used`,
    why,
    remedy: "copy or download the model again",
    ...(cause !== undefined && { cause }),
  });
