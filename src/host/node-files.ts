import { closeSync, createReadStream, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemCode } from "../core/error.ts";
import type { Files, HeldFile } from "../core/ports.ts";
import { createNewFile } from "./new-file.ts";

let temporaryCount = 0;
const temporaryName = (): string => `.${process.pid}-${temporaryCount++}.partial`;
/** Node 20 ends the process when asked for 2 GiB or more at once (src/node_file.cc, Read: the length is an int32). */
const LARGEST_READ_BYTES = 2 ** 30;

export const nodeFiles: Files = {
  readText: (path) => readFile(path, "utf8"),
  readTextSync: (path) => readFileSync(path, "utf8"),
  holdSync,
  async readBytes(path, range) {
    if (range === undefined) return await readFile(path);
    const handle = await open(path, "r");
    try {
      const target = new Uint8Array(range.length);
      let filled = 0;
      while (filled < range.length) {
        const length = Math.min(range.length - filled, LARGEST_READ_BYTES);
        const { bytesRead } = await handle.read(target, filled, length, range.offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return target.subarray(0, filled);
    } finally {
      await handle.close();
    }
  },
  stream: (path) => createReadStream(path),
  writeAtomic: (path, content) => replaceFile(path, (handle) => handle.writeFile(content)),
  writeAtomicFrom: (path, pieces) =>
    replaceFile(path, async (handle) => {
      for await (const piece of pieces) await writeWhole(handle, piece);
    }),
  createNew: (path, content) => createNewFile(path, content, { temporary: temporaryName() }),
  move: rename,
  async append(path, content) {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, "a");
    try {
      const bytes = new TextEncoder().encode(content);
      const { bytesWritten } = await handle.write(bytes);
      // One write, so that other writers' lines stay whole; a short one is the last before a full disk.
      if (bytesWritten < bytes.length) throw Object.assign(new Error("a short write"), { code: "ENOSPC" });
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  list: async (path) => (await readdir(path)).sort(),
  listSync: (path) => readdirSync(path).sort(),
  async stat(path) {
    try {
      const found = await stat(path);
      const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
      return { kind, size: found.size, modifiedMs: found.mtimeMs };
    } catch (thrown) {
      if (systemCode(thrown) === "ENOENT" || systemCode(thrown) === "ENOTDIR") return undefined;
      throw thrown;
    }
  },
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
};

/** Longer than any of those files; what is longer comes in pieces. */
const HELD_BYTES = 4_096;
let heldBuffer: Buffer | undefined;

function holdSync(path: string): HeldFile {
  const descriptor = openSync(path, "r");
  return {
    readText() {
      heldBuffer ??= Buffer.allocUnsafeSlow(HELD_BYTES);
      let text = "";
      for (let at = 0; ; ) {
        const length = readSync(descriptor, heldBuffer, 0, HELD_BYTES, at);
        text += heldBuffer.toString("latin1", 0, length);
        if (length < HELD_BYTES) return text;
        at += length;
      }
    },
    close: () => closeSync(descriptor),
  };
}

async function replaceFile(path: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, temporaryName());
  try {
    const handle = await open(temporary, "wx");
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

/** One write may take only a part of the bytes (write(2)). */
async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}

/** A rename is durable only once the folder is flushed (fsync(2)); Windows cannot open folders, and needs no flush. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
