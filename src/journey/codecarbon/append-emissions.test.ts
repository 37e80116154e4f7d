import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { csvRecords } from "../../formats/csv.ts";
import { EMISSIONS_COLUMNS } from "../../formats/emissions-columns.ts";
import { nodeClock } from "../../host/node-clock.ts";
import { nodeFiles } from "../../host/node-files.ts";
import { appendEmissions } from "./append-emissions.ts";

const scratch = mkdtempSync(join(tmpdir(), "frugal-emissions-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const world = { files: nodeFiles, clock: nodeClock };
const HEADER = EMISSIONS_COLUMNS.join(",");
const row = (run: string) => ({ run_id: run, project_name: 'a "b", c' });
const idsIn = (path: string): string[] => {
  const [header, ...rows] = [...csvRecords(readFileSync(path, "utf8"))];
  const at = header!.cells.indexOf("run_id");
  expect(rows.every(({ cells }) => cells.length === EMISSIONS_COLUMNS.length)).toBe(true);
  return rows.map(({ cells }) => cells[at]!);
};

test("a new file gets the header once, a file with our columns only the row", async () => {
  const path = join(scratch, "new", "emissions.csv");
  for (const run of ["1", "2"]) {
    expect(await appendEmissions(world, path, EMISSIONS_COLUMNS, row(run))).toEqual({});
  }
  expect(readFileSync(path, "utf8").startsWith(`${HEADER}\n`)).toBe(true);
  expect(idsIn(path)).toEqual(["1", "2"]);
  expect(readdirSync(join(scratch, "new"))).toEqual(["emissions.csv"]);
});

test("an empty file gets a header too", async () => {
  const path = join(scratch, "empty.csv");
  writeFileSync(path, "");
  await appendEmissions(world, path, EMISSIONS_COLUMNS, row("1"));
  expect(idsIn(path)).toEqual(["1"]);
});

test("a file that another program is about to fill is not taken for an empty one", async () => {
  const path = join(scratch, "filling.csv");
  writeFileSync(path, "");
  const theirs = `${HEADER}\n${"theirs,".repeat(EMISSIONS_COLUMNS.length - 1)}theirs\n`;
  const clock = { sleep: async () => writeFileSync(path, theirs) };
  await appendEmissions({ files: nodeFiles, clock }, path, EMISSIONS_COLUMNS, row("1"));
  expect(idsIn(path)).toEqual(["theirs", "1"]);
});

test("a file with the same columns in another order gets its row in that order", async () => {
  const path = join(scratch, "order.csv");
  writeFileSync(path, `${[...EMISSIONS_COLUMNS].reverse().join(",")}\r\n`);
  await appendEmissions(world, path, EMISSIONS_COLUMNS, row("1"));
  expect(idsIn(path)).toEqual(["1"]);
});

test("files with other columns are moved to numbered backups and keep every byte", async () => {
  const path = join(scratch, "old.csv");
  for (const [index, name] of ["old.csv.bak", "old.csv_0.bak", "old.csv_1.bak"].entries()) {
    writeFileSync(path, `timestamp,emissions\n${index},1\n`);
    expect(await appendEmissions(world, path, EMISSIONS_COLUMNS, row("1"))).toEqual({
      movedTo: join(scratch, name),
    });
    expect(readFileSync(join(scratch, name), "utf8")).toBe(`timestamp,emissions\n${index},1\n`);
    expect(idsIn(path)).toEqual(["1"]);
  }
});

test("a row after one that was cut off begins a line of its own", async () => {
  const path = join(scratch, "cut.csv");
  writeFileSync(path, `${HEADER}\n2026-01-01T00:00:00,cut`);
  await appendEmissions(world, path, EMISSIONS_COLUMNS, row("1"));
  expect(readFileSync(path, "utf8").split("\n").slice(0, 2)).toEqual([HEADER, "2026-01-01T00:00:00,cut"]);
  expect([...csvRecords(readFileSync(path, "utf8"))].at(-1)?.cells[2]).toBe("1");
});

test("twenty processes that start at once leave one header and all their rows, also beside an old file", async () => {
  const path = join(scratch, "many.csv");
  writeFileSync(path, "old,columns\n1,2\n");
  const dist = join(import.meta.dirname, "../../../dist");
  const program = `
    const { appendEmissions } = await import("${dist}/journey/codecarbon/append-emissions.js");
    const { EMISSIONS_COLUMNS } = await import("${dist}/formats/emissions-columns.js");
    const { nodeFiles: files } = await import("${dist}/host/node-files.js");
    const { nodeClock: clock } = await import("${dist}/host/node-clock.js");
    for (const n of [1, 2, 3]) await appendEmissions({ files, clock }, process.argv[1], EMISSIONS_COLUMNS, { run_id: process.pid + "-" + n });`;
  const exits = Array.from({ length: 20 }, () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, path], { stdio: "inherit" });
    return new Promise<string[]>((resolve) => {
      child.on("exit", (code) => resolve(code === 0 ? [1, 2, 3].map((n) => `${child.pid}-${n}`) : []));
    });
  });
  const ids = (await Promise.all(exits)).flat();
  expect(ids).toHaveLength(60);
  expect(idsIn(path).sort()).toEqual(ids.sort());
  expect(readFileSync(`${path}.bak`, "utf8")).toBe("old,columns\n1,2\n");
  expect(readdirSync(scratch).filter((name) => name.startsWith("many"))).toEqual([
    "many.csv",
    "many.csv.bak",
  ]);
});

test("a lock that an ended program left behind holds nobody up for good", async () => {
  const path = join(scratch, "locked.csv");
  writeFileSync(path, "old\n1\n");
  writeFileSync(`${path}.lock`, "");
  await appendEmissions(world, path, EMISSIONS_COLUMNS, row("1"));
  expect(idsIn(path)).toEqual(["1"]);
});

test("whatever file operation fails, the rows that were there stay", async () => {
  const before = "old,columns\n1,2\n";
  for (let call = 1; ; call++) {
    const fake = fakeWorld({ files: { "/e.csv": before }, failAt: { call, code: "EIO" } });
    const failed = await appendEmissions(fake, "/e.csv", EMISSIONS_COLUMNS, row("1")).then(
      () => false,
      () => true,
    );
    const texts = [...fake.stored.values()].map((bytes) => new TextDecoder().decode(bytes));
    expect(texts.some((text) => text.startsWith(before))).toBe(true);
    if (!failed) break;
    expect(call).toBeLessThan(50);
  }
});
