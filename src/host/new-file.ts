import { link, mkdir, open, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemCode } from "../core/error.ts";

/**
 * `Files.createNew`: a whole file gets its name by a hard link, which unlike a rename never replaces what is there (link(2)).
 * FAT, some network file systems and Android have no hard links: there the name itself is created, exclusively (open(2),
 * O_EXCL), and filled at once.
 * @param temporary a name that nobody else uses, in any folder of the same file system.
 */
export async function createNewFile(
  path: string,
  content: string,
  { temporary, makeLink = link }: { readonly temporary: string; readonly makeLink?: typeof link },
): Promise<boolean> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const whole = join(folder, temporary);
  try {
    await writeFile(whole, content, { flag: "wx", flush: true });
    await makeLink(whole, path);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === "EEXIST") return false;
    // Every system says in its own code that it has no links; what else is wrong is wrong here as well.
    return await createInPlace(path, content);
  } finally {
    await rm(whole, { force: true });
  }
}

async function createInPlace(path: string, content: string): Promise<boolean> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(path, "wx");
  } catch (thrown) {
    if (systemCode(thrown) === "EEXIST") return false;
    throw thrown;
  }
  try {
    await handle.writeFile(content);
    await handle.sync();
    return true;
  } catch (thrown) {
    await rm(path, { force: true });
    throw thrown;
  } finally {
    await handle.close();
  }
}
