import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { nodeFiles } from "./node-files.ts";

const scratch = mkdtempSync(join(tmpdir(), "frugal-files-"));
afterAll(() => rmSync(scratch, { recursive: true }));

test("a write makes its folder, replaces the old file and leaves nothing else", async () => {
  const path = join(scratch, "new/folder/file.txt");
  await nodeFiles.writeAtomic(path, "old");
  await nodeFiles.writeAtomic(path, Uint8Array.of(0x6e, 0x65, 0x77));
  expect(readFileSync(path, "utf8")).toBe("new");
  expect(readdirSync(join(scratch, "new/folder"))).toEqual(["file.txt"]);
});

test("a write that fails at its last step leaves the old content and no temporary file", async () => {
  const folder = join(scratch, "taken");
  mkdirSync(join(folder, "name"), { recursive: true });
  writeFileSync(join(folder, "name/inside.txt"), "old");
  // A file cannot take the place of a folder: the rename is what fails.
  await expect(nodeFiles.writeAtomic(join(folder, "name"), "new")).rejects.toHaveProperty("code");
  expect(readdirSync(folder)).toEqual(["name"]);
  expect(readFileSync(join(folder, "name/inside.txt"), "utf8")).toBe("old");
});

test("pieces become one file, each asked for when the one before is written", async () => {
  const path = join(scratch, "pieces/whole.bin");
  const sizes: number[] = [];
  async function* pieces() {
    for (const piece of [Uint8Array.of(1, 2), new Uint8Array(), new Uint8Array(3_000_000).fill(3)]) {
      const [temporary] = readdirSync(join(scratch, "pieces"));
      sizes.push(statSync(join(scratch, "pieces", temporary!)).size);
      yield piece;
    }
  }
  await nodeFiles.writeAtomicFrom(path, pieces());
  expect(sizes).toEqual([0, 2, 2]);
  expect(statSync(path).size).toBe(3_000_002);
  expect(readdirSync(join(scratch, "pieces"))).toEqual(["whole.bin"]);
});

test("pieces that end in a failure leave the old content and no temporary file", async () => {
  const path = join(scratch, "kept/file.txt");
  await nodeFiles.writeAtomic(path, "old");
  async function* pieces() {
    yield new TextEncoder().encode("half");
    throw new Error("the source is gone");
  }
  await expect(nodeFiles.writeAtomicFrom(path, pieces())).rejects.toThrow("the source is gone");
  expect(readdirSync(join(scratch, "kept"))).toEqual(["file.txt"]);
  expect(readFileSync(path, "utf8")).toBe("old");
});

test("writers at the same time leave one of their contents whole", async () => {
  const path = join(scratch, "contended.txt");
  const contents = Array.from({ length: 20 }, (_, at) => String(at).repeat(100_000));
  await Promise.all(contents.map((content) => nodeFiles.writeAtomic(path, content)));
  expect(contents).toContain(readFileSync(path, "utf8"));
});

test("appends at the same time are all there, each in one piece", async () => {
  const path = join(scratch, "log.txt");
  const lines = Array.from({ length: 50 }, (_, at) => `line ${at}`);
  await Promise.all(lines.map((line) => nodeFiles.append(path, `${line}\n`)));
  expect(readFileSync(path, "utf8").trimEnd().split("\n").sort()).toEqual([...lines].sort());
});

test("nothing there is an answer of stat and an error of the rest", async () => {
  const missing = join(scratch, "missing");
  expect(await nodeFiles.stat(missing)).toBeUndefined();
  expect(await nodeFiles.stat(join(scratch, "contended.txt/below"))).toBeUndefined();
  await expect(nodeFiles.readText(missing)).rejects.toHaveProperty("code", "ENOENT");
  await expect(nodeFiles.list(missing)).rejects.toHaveProperty("code", "ENOENT");
});

test("a range that reaches beyond the end gives what is there", async () => {
  const path = join(scratch, "short.bin");
  writeFileSync(path, Uint8Array.of(1, 2, 3, 4));
  expect([...(await nodeFiles.readBytes(path, { offset: 2, length: 10 }))]).toEqual([3, 4]);
  expect([...(await nodeFiles.readBytes(path, { offset: 9, length: 10 }))]).toEqual([]);
});

test("a held file is read as it is at each read, however long it has become", () => {
  const path = join(scratch, "held.txt");
  writeFileSync(path, "1\n");
  const held = nodeFiles.holdSync(path);
  expect(held.readText()).toBe("1\n");
  const long = Array.from({ length: 3_000 }, (_, line) => `${line}`).join("\n");
  writeFileSync(path, long);
  expect(held.readText()).toBe(long);
  held.close();
  expect(() => held.readText()).toThrow();
  expect(() => nodeFiles.holdSync(join(scratch, "none"))).toThrow(/ENOENT/);
});
