/** GGUF: metadata and tensors of one file, whose data stay in the file (ggml-org/ggml, docs/gguf.md). */
import { FrugalError } from "../../core/error.ts";
import { fileSize, type RangedFiles, readSpan } from "../file-range.ts";
import type { BlockTensor } from "../stored-tensor.ts";
import type { TensorRef } from "../tensor-ref.ts";
import { type GgufHeader, parseGgufHeader } from "./gguf-header.ts";
import type { GgufValue } from "./gguf-values.ts";
import { HeaderGoesOn } from "./header-reader.ts";

export interface GgufFile {
  readonly version: number;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, TensorRef | BlockTensor>;
}

/** Most headers fit, but for a vocabulary's; then four times as much is read, and so on. */
const FIRST_READ_BYTES = 1024 * 1024;
/** Vocabularies of a quarter of a million entries take some 20 MB. */
const LARGEST_HEADER_BYTES = 64 * 1024 * 1024;

/** Reads the header alone. @throws "bad-model", "unsupported-input", "file-missing", "file-unreadable". */
export async function openGguf(files: RangedFiles, path: string): Promise<GgufFile> {
  const { version, metadata, tensors, dataStart } = await readHeader(files, path);
  const located = [...tensors].map(([name, info]): [string, TensorRef | BlockTensor] => {
    const { type, shape, offset, bytes } = info;
    const data = { path, offset: dataStart + offset, length: bytes };
    return [
      name,
      type.dtype === undefined ? { blocks: type, shape, data } : { dtype: type.dtype, shape, data },
    ];
  });
  return { version, metadata, tensors: new Map(located) };
}

/**
 * The parts of a model that llama.cpp split, in order; the first holds the metadata (ggml-org/llama.cpp, tools/gguf-split).
 * @throws as `openGguf`.
 */
export async function openGgufParts(files: RangedFiles, paths: readonly string[]): Promise<GgufFile> {
  const parts: GgufFile[] = [];
  for (const path of paths) parts.push(await openGguf(files, path));
  const tensors = new Map(parts.flatMap((part) => [...part.tensors]));
  const count = parts.reduce((sum, part) => sum + part.tensors.size, 0);
  const stored = parts[0]!.metadata.get("split.tensors.count")?.value ?? count;
  if (tensors.size === count && stored === count) return { ...parts[0]!, tensors };
  throw new FrugalError({
    code: "bad-model",
    what: `the parts of ${paths[0]} do not fit together`,
    why: `they hold ${count} tensors of ${tensors.size} names, where the first speaks of ${String(stored)}`,
    remedy: "copy or download all parts again",
  });
}

async function readHeader(files: RangedFiles, path: string): Promise<GgufHeader> {
  const size = await fileSize(files, path);
  for (let length = FIRST_READ_BYTES; length <= LARGEST_HEADER_BYTES; length *= 4) {
    const bytes = await readSpan(files, { path, offset: 0, length: Math.min(length, size) });
    try {
      return parseGgufHeader(path, bytes, size);
    } catch (thrown) {
      if (!(thrown instanceof HeaderGoesOn)) throw thrown;
    }
  }
  throw new FrugalError({
    code: "bad-model",
    what: `cannot read ${path}`,
    why: `its header is larger than ${LARGEST_HEADER_BYTES} bytes`,
    remedy: "copy or make the file again",
  });
}
