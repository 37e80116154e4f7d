/** One file that is larger than memory: runs of a repeated pattern between given bytes. */
import type { Files } from "../../src/core/ports.ts";

export type FilePart = Uint8Array | { readonly pattern: Uint8Array; readonly length: number };

export const lengthOf = (parts: readonly FilePart[]): number =>
  parts.reduce((sum, { length }) => sum + length, 0);

export interface VirtualFile {
  readonly files: Pick<Files, "readBytes" | "stat">;
  /** Bytes read so far. */
  readonly read: () => number;
}

export function virtualFile(parts: readonly FilePart[]): VirtualFile {
  let read = 0;
  const size = lengthOf(parts);
  return {
    read: () => read,
    files: {
      stat: async () => ({ kind: "file", size, modifiedMs: 0 }),
      readBytes: async (_, { offset, length } = { offset: 0, length: size }) => {
        const target = new Uint8Array(Math.min(length, size - offset));
        read += target.length;
        let start = 0;
        for (const part of parts) {
          const from = Math.max(offset, start);
          const to = Math.min(offset + target.length, start + part.length);
          for (let at = from; at < to; at++) target[at - offset] = byteAt(part, at - start);
          start += part.length;
        }
        return target;
      },
    },
  };
}

const byteAt = (part: FilePart, at: number): number =>
  part instanceof Uint8Array ? part[at]! : part.pattern[at % part.pattern.length]!;
