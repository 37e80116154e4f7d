import { FrugalError, systemCode } from "../core/error.ts";
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

/** The same files, but a failed read names its path and a remedy. "Nothing there" stays a system error: callers ask for it. */
export function clearFiles(files: ReadFiles): ReadFiles {
  const clear = (path: string) => (thrown: unknown) => {
    const code = systemCode(thrown);
    throw code === "ENOENT" || code === "ENOTDIR" ? thrown : unreadable(path, thrown);
  };
  return {
    readText: (path) => files.readText(path).catch(clear(path)),
    readBytes: (path, range) => files.readBytes(path, range).catch(clear(path)),
    list: (path) => files.list(path).catch(clear(path)),
    stat: (path) => files.stat(path).catch(clear(path)),
    async *stream(path) {
      try {
        yield* files.stream(path);
      } catch (thrown) {
        clear(path)(thrown);
      }
    },
  };
}
