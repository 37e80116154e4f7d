import { aborted, FrugalError, isAbort, systemCode } from "../core/error.ts";
import type { Files } from "../core/ports.ts";

/** The reading half of the port. */
export type ReadFiles = Pick<Files, "readText" | "readBytes" | "stream" | "list" | "stat">;

export const unreadable = (path: string, cause: unknown): FrugalError =>
  new FrugalError({
    code: "file-unreadable",
    what: `cannot read ${path}`,
    why: systemCode(cause) ?? "the read failed",
    remedy: "check the file's permissions and the disk",
    cause,
  });

/**
 * The same files, but a failed read names its path and a remedy, and a stream ends when `signal` says so. "Nothing there" stays a
 * system error where callers ask for it: of a text, a folder, a stat.
 */
export function clearFiles(files: ReadFiles, signal?: AbortSignal): ReadFiles {
  const clear = (path: string) => (thrown: unknown) => {
    throw unreadable(path, thrown);
  };
  const unlessAbsent = (path: string) => (thrown: unknown) => {
    const code = systemCode(thrown);
    throw code === "ENOENT" || code === "ENOTDIR" ? thrown : unreadable(path, thrown);
  };
  return {
    readText: (path) => files.readText(path).catch(unlessAbsent(path)),
    readBytes: (path, range) => files.readBytes(path, range).catch(clear(path)),
    list: (path) => files.list(path).catch(unlessAbsent(path)),
    stat: (path) => files.stat(path).catch(unlessAbsent(path)),
    async *stream(path) {
      try {
        for await (const chunk of files.stream(path)) {
          if (signal?.aborted) throw aborted(`reading ${path}`, signal.reason);
          yield chunk;
        }
      } catch (thrown) {
        throw isAbort(thrown) ? thrown : unreadable(path, thrown);
      }
    },
  };
}
