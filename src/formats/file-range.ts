/** Reading parts of a file that may have shrunk, vanished or lied about its size, with errors that name it. */
import { FrugalError, systemCode } from "../core/error.ts";
import type { FileStat, Files } from "../core/ports.ts";
import type { Data, FileSpan } from "./tensor-ref.ts";

export type RangedFiles = Pick<Files, "readBytes" | "stat">;

export const unreadable = (path: string, cause: unknown): FrugalError =>
  new FrugalError({
    code: "file-unreadable",
    what: `cannot read ${path}`,
    why: systemCode(cause) ?? "the read failed",
    remedy: "check the file's permissions and the disk",
    cause,
  });

/** undefined when there is nothing at `path`. @throws "file-unreadable". */
export async function clearStat(files: Pick<Files, "stat">, path: string): Promise<FileStat | undefined> {
  try {
    return await files.stat(path);
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

/** @throws "file-missing", "file-unreadable". */
export async function fileSize(files: Pick<Files, "stat">, path: string): Promise<number> {
  const found = await clearStat(files, path);
  if (found?.kind === "file") return found.size;
  throw new FrugalError({
    code: "file-missing",
    what: `cannot read ${path}`,
    why: found === undefined ? "there is nothing at this path" : "it is not a file",
    remedy: "check the path",
  });
}

/** All of the span, never a part. @throws "file-unreadable"; "bad-model" when the file has become shorter. */
export async function readSpan(files: Pick<Files, "readBytes">, span: FileSpan): Promise<Uint8Array> {
  const { path, offset, length } = span;
  let bytes: Uint8Array;
  try {
    bytes = await files.readBytes(path, { offset, length });
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
  if (bytes.length === length) return bytes;
  throw new FrugalError({
    code: "bad-model",
    what: `${path} is cut off`,
    why: `it has ${bytes.length} of ${length} bytes from byte ${offset} on`,
    remedy: "copy or make the file again",
  });
}

/** Large enough that the calls cost nothing beside the copying, small enough for any machine. */
const PIECE_BYTES = 8 * 1024 * 1024;

/** A tensor's bytes from wherever they are, never many at once. @throws as `readSpan`. */
export async function* dataPieces(files: Pick<Files, "readBytes">, data: Data): AsyncGenerator<Uint8Array> {
  if (data instanceof Uint8Array) {
    yield data;
    return;
  }
  if ("pieces" in data) {
    yield* data.pieces(files);
    return;
  }
  for (let done = 0; done < data.length; done += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, data.length - done);
    yield await readSpan(files, { path: data.path, offset: data.offset + done, length });
  }
}
