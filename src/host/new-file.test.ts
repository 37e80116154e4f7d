import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { link } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNewFile } from "./new-file.ts";

const scratch = mkdtempSync(join(tmpdir(), "frugal-new-file-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** As FAT answers on Linux, FUSE, NFS servers without links, and Windows on exFAT. */
const refusing = (code: string) => async (): Promise<void> => {
  throw Object.assign(new Error(code), { code });
};

for (const [name, makeLink] of [
  ["hard links", link],
  ["none (EPERM)", refusing("EPERM")],
  ["none (ENOTSUP)", refusing("ENOTSUP")],
  ["none (EISDIR)", refusing("EISDIR")],
] as const) {
  test(`${name}: of many at once exactly one makes the file, whole, and nothing else is left`, async () => {
    const path = join(scratch, name.replaceAll(/\W/g, "-"), "new", "file.csv");
    const contents = Array.from({ length: 20 }, (_, at) => String(at).repeat(10_000));
    const made = await Promise.all(
      contents.map((content, at) => createNewFile(path, content, { temporary: `.${at}`, makeLink })),
    );
    expect(made.filter((each) => each)).toHaveLength(1);
    expect(readFileSync(path, "utf8")).toBe(contents[made.indexOf(true)]);
    expect(readdirSync(join(path, ".."))).toEqual(["file.csv"]);
  });

  test(`${name}: what is there stays, and a folder that is a file is an error`, async () => {
    const path = join(scratch, `${name.replaceAll(/\W/g, "-")}.txt`);
    writeFileSync(path, "old");
    expect(await createNewFile(path, "new", { temporary: ".t", makeLink })).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("old");
    await expect(
      createNewFile(join(path, "below"), "new", { temporary: ".t", makeLink }),
    ).rejects.toHaveProperty("code");
  });
}
