/** Rows into a file that other programs, CodeCarbon among them, write at the same time. */
import { systemCode } from "../../core/error.ts";
import type { Clock, Files } from "../../core/ports.ts";
import { csvLine, csvRecords } from "../../formats/csv.ts";
import type { EmissionsRow } from "../../formats/emissions-columns.ts";

export interface AppendWorld {
  readonly files: Pick<Files, "stat" | "readBytes" | "createNew" | "move" | "append" | "remove">;
  readonly clock: Pick<Clock, "sleep">;
}

/** A header of 38 names has 490 bytes; a longer first line is not ours. */
const HEADER_BYTES = 4_096;
const WAIT_MS = 20;
/** Moving a file aside takes milliseconds: who holds the lock for two seconds was ended in the middle. */
const WAITS = 100;

/**
 * Adds one row, in the order of the columns that the file has. A file with other columns is moved to FILE.bak, FILE_0.bak …
 * as CodeCarbon does. Each row is one append, so rows of concurrent writers stay whole. Throws what the files throw.
 * @returns where a file with other columns went.
 */
export async function appendEmissions(
  world: AppendWorld,
  path: string,
  columns: readonly string[],
  row: EmissionsRow,
): Promise<{ readonly movedTo?: string }> {
  const { files } = world;
  let movedTo: string | undefined;
  for (;;) {
    const found = await look(files, path);
    if (found === undefined) {
      await files.createNew(path, csvLine(columns));
    } else if (sameColumns(found.columns, columns)) {
      const cells = found.columns.map(
        (column) => (row as Readonly<Record<string, string | number | undefined>>)[column],
      );
      // A writer that was ended in the middle of a row must not take ours with it.
      await files.append(path, (found.endsLine ? "" : "\n") + csvLine(cells));
      return movedTo === undefined ? {} : { movedTo };
    } else {
      movedTo = (await moveAside(world, path, columns)) ?? movedTo;
    }
  }
}

interface Look {
  readonly columns: readonly string[];
  readonly endsLine: boolean;
}

/** undefined: there is no file, or no longer. */
async function look(files: AppendWorld["files"], path: string): Promise<Look | undefined> {
  const found = await files.stat(path);
  if (found === undefined) return undefined;
  try {
    const start = await files.readBytes(path, { offset: 0, length: HEADER_BYTES });
    const [header] = csvRecords(new TextDecoder().decode(start));
    const last = await files.readBytes(path, { offset: Math.max(0, found.size - 1), length: 1 });
    return { columns: header?.cells ?? [], endsLine: last[0] === 0x0a };
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}

const sameColumns = (found: readonly string[], wanted: readonly string[]): boolean =>
  found.length === wanted.length && [...found].sort().join() === [...wanted].sort().join();

/** Looks again under a lock: a file that another program has put right by now must stay. */
async function moveAside(
  { files, clock }: AppendWorld,
  path: string,
  columns: readonly string[],
): Promise<string | undefined> {
  const lock = `${path}.lock`;
  for (let wait = 0; !(await files.createNew(lock, "")); wait++) {
    if (wait === WAITS) await files.remove(lock);
    await clock.sleep(WAIT_MS);
  }
  try {
    let found = await look(files, path);
    if (found?.columns.length === 0) {
      // It may be one that is being made at this moment, where there are no hard links.
      await clock.sleep(WAIT_MS);
      found = await look(files, path);
    }
    if (found === undefined || sameColumns(found.columns, columns)) return undefined;
    // A file that stays empty is nobody's work.
    if (found.columns.length === 0) return void (await files.remove(path));
    const backup = await freeName(files, path);
    await files.move(path, backup);
    return backup;
  } finally {
    await files.remove(lock);
  }
}

async function freeName(files: AppendWorld["files"], path: string): Promise<string> {
  for (let index = -1; ; index++) {
    const name = `${path}${index < 0 ? "" : `_${index}`}.bak`;
    if ((await files.stat(name)) === undefined) return name;
  }
}
