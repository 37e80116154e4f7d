import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { csvRecords } from "../src/formats/csv.ts";
import { EMISSIONS_COLUMNS } from "../src/formats/emissions-columns.ts";
import { frugal } from "./support/cli.ts";
import { frugalHere } from "./support/in-process.ts";

const scratch = mkdtempSync(join(tmpdir(), "frugal-emissions-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const { written } = JSON.parse(
  readFileSync(join(import.meta.dirname, "oracles", "emissions-csv.json"), "utf8"),
) as { written: string };
const cellsIn = (text: string) => [...csvRecords(text)].map(({ cells }) => cells);

test("an imported file is exported with the same cells, and importing it again adds nothing", async () => {
  const home = join(scratch, "home");
  const file = join(scratch, "theirs.csv");
  writeFileSync(file, written);
  const first = await frugalHere(home, "import", file);
  expect(first).toMatchObject({
    status: 0,
    stdout: "2 receipts imported, 0 already there, 0 rows refused\n",
  });
  expect(first.stderr).toContain("Quebec");
  expect((await frugalHere(home, "import", file)).stdout).toBe(
    "0 receipts imported, 2 already there, 0 rows refused\n",
  );
  const out = join(scratch, "out.csv");
  expect((await frugalHere(home, "log", "export", "--format", "emissions-csv", "--output", out)).status).toBe(
    0,
  );
  expect(cellsIn(readFileSync(out, "utf8")).sort()).toEqual(cellsIn(written).sort());
});

test("a bad row is named by its line, and the exit says that not all was taken", async () => {
  const file = join(scratch, "bad.csv");
  writeFileSync(file, `${written}2026-01-01T00:00:00,cut`);
  const { status, stderr } = await frugalHere(join(scratch, "bad-home"), "import", file);
  expect(status).toBe(1);
  expect(stderr).toContain("bad.csv:4 was not imported");
});

test("track adds a row to the named file, by the command's own settings for the rest", () => {
  const file = join(scratch, "made", "emissions.csv");
  const home = join(scratch, "track-home");
  for (const name of ["a", "b"]) {
    const args = ["--emissions-csv", file, "--name", name, "--zone", "FR", "--pue", "2", "--", "true"];
    expect(frugal(home, "track", ...args).status).toBe(0);
  }
  const [header, ...rows] = cellsIn(readFileSync(file, "utf8"));
  expect(header).toEqual(EMISSIONS_COLUMNS);
  const of = (column: string) => rows.map((cells) => cells[header!.indexOf(column)]);
  expect(of("project_name")).toEqual(["a", "b"]);
  expect(of("country_iso_code")).toEqual(["FRA", "FRA"]);
  expect(of("pue")).toEqual(["2", "2"]);
  expect(readdirSync(join(scratch, "made"))).toEqual(["emissions.csv"]);
});

test("a row that cannot be written is a warning: the command's exit code comes through", () => {
  const { status, stderr } = frugal(
    join(scratch, "h"),
    "track",
    "--emissions-csv",
    join(scratch, "theirs.csv/x"),
    "--",
    "sh",
    "-c",
    "exit 3",
  );
  expect(status).toBe(3);
  expect(stderr).toContain("cannot write");
});
