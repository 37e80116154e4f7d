/** A file of any size read through one small window, and how its damage is told. */
import { FrugalError, messageOf, systemCode } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";

/** Large enough for most nodes, so that few reads are made; small enough that reading over weights costs little. */
const WINDOW_BYTES = 64 * 1024;
/**
 * What a graph may cost in memory, weights aside: room for some hundred thousand nodes, and none for a hostile file that would
 * unfold until the process ends.
 */
const LARGEST_COST = 1024 ** 3;

export class FileWindow {
  readonly path: string;
  readonly size: number;
  readonly #files: Pick<Files, "readBytes">;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array();
  #cost = 0;

  private constructor(files: Pick<Files, "readBytes">, path: string, size: number) {
    this.#files = files;
    this.path = path;
    this.size = size;
  }

  /** @throws "file-missing", "file-unreadable", "bad-model" for an empty file. */
  static async open(files: Pick<Files, "readBytes" | "stat">, path: string): Promise<FileWindow> {
    const stat = await files.stat(path).catch((thrown: unknown) => {
      throw unreadable(path, thrown);
    });
    if (stat?.kind !== "file") {
      throw new FrugalError({
        code: "file-missing",
        what: `there is no file ${path}`,
        why:
          stat === undefined
            ? "it does not exist"
            : `it is ${stat.kind === "folder" ? "a folder" : "no file"}`,
        remedy: "give the path of an .onnx file",
      });
    }
    const window = new FileWindow(files, path, stat.size);
    if (stat.size === 0) throw window.damaged(0, "it is empty");
    return window;
  }

  holds(start: number, end: number): boolean {
    return start >= this.#start && end <= this.#start + this.#bytes.length;
  }

  /** Makes these bytes readable; they lie inside the file. */
  async load(start: number, end: number): Promise<void> {
    const length = Math.min(Math.max(end - start, WINDOW_BYTES), this.size - start);
    this.#start = start;
    this.#bytes = await this.#files
      .readBytes(this.path, { offset: start, length })
      .catch((thrown: unknown) => {
        throw unreadable(this.path, thrown);
      });
    if (!this.holds(start, end)) throw this.damaged(start + this.#bytes.length, "it ends here now");
  }

  byte(at: number): number {
    return this.#bytes[at - this.#start]!;
  }

  copy(at: number, end: number): Uint8Array {
    // Not slice, which for a Buffer is no copy and would keep the whole window in memory.
    return new Uint8Array(this.#bytes.subarray(at - this.#start, end - this.#start));
  }

  /** @throws "bad-model" when what was read before `at` costs too much memory. */
  charge(at: number, cost: number): void {
    this.#cost += cost;
    if (this.#cost > LARGEST_COST)
      throw this.damaged(at, "its graph, weights aside, is too large to be real");
  }

  damaged(at: number, why: string): FrugalError {
    return new FrugalError({
      code: "bad-model",
      what: `${this.path} is no whole ONNX model`,
      why: `at byte ${at}: ${why}`,
      remedy: "copy, download or export the file again",
    });
  }
}

export const unreadable = (path: string, cause: unknown): FrugalError =>
  new FrugalError({
    code: "file-unreadable",
    what: `cannot read ${path}`,
    why: systemCode(cause) ?? messageOf(cause),
    remedy: "check its permissions and its disk",
    cause,
  });
