import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { csvRecords } from "../src/formats/csv.ts";
import { EMISSIONS_COLUMNS, TASK_COLUMNS } from "../src/formats/emissions-columns.ts";
import { nodeWorld } from "../src/host/node-world.ts";
import { packagedMiniLm } from "../src/journey/packaged-models.ts";
import { COMMAND, frugal } from "./support/cli.ts";
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

/** In a folder of its own that holds CodeCarbon's settings. */
function inProject(name: string, settings: string, env: Readonly<Record<string, string>>, ...args: string[]) {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ".codecarbon.config"), `[codecarbon]\n${settings}\n`);
  const own = {
    PATH: process.env["PATH"],
    HOME: folder,
    FRUGAL_HOME: join(folder, "home"),
    HF_HUB_OFFLINE: "1",
  };
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    cwd: folder,
    env: { ...own, ...env },
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  const tableIn = (file: string) => {
    const [header, ...rows] = cellsIn(readFileSync(join(folder, file), "utf8"));
    const cells = rows.map((row) => Object.fromEntries(row.map((cell, at) => [header![at]!, cell])));
    return { header, rows: cells };
  };
  return {
    folder,
    stderr,
    tableIn,
    receipt: () => JSON.parse(readFileSync(join(folder, "receipt.json"), "utf8")),
  };
}
const TRACK = ["track", "--codecarbon", "--json", "receipt.json", "--", process.execPath, "-e", ""];

test("--codecarbon: its settings say where the row goes, whose it is, and with which intensity it counts", () => {
  const settings = `project_name = mail
output_dir = out
output_file = ours.csv
country_iso_code = FRA
force_carbon_intensity_g_co2e_kwh = 123
pue = 1.5
gpu_ids = 0`;
  const { tableIn, receipt, stderr } = inProject(
    "forced",
    settings,
    { CODECARBON_PROJECT_NAME: "post" },
    ...TRACK,
  );
  const [row] = tableIn("out/ours.csv").rows;
  expect(row).toMatchObject({ project_name: "post", country_iso_code: "FRA", pue: "1.5" });
  expect(Number(row!["emissions"]) / Number(row!["energy_consumed"])).toBeCloseTo(0.123, 9);
  const { carbon } = receipt();
  expect(carbon.intensity_g_per_kwh).toEqual({ low: 123, value: 123, high: 123 });
  expect([carbon.source, carbon.notes.join()]).toEqual([
    "the user's own figure",
    expect.stringContaining("not that of the zone"),
  ]);
  expect(stderr).toContain("gpu_ids");
});

test("frugal's own settings lie above CodeCarbon's: zone from the one, PUE from the other", () => {
  const settings = "country_iso_code = FRA\npue = 1.5";
  const { tableIn, receipt } = inProject("beneath", settings, { FRUGAL_ZONE: "DE" }, ...TRACK);
  expect(tableIn("emissions.csv").rows[0]).toMatchObject({ country_iso_code: "DEU", pue: "1.5" });
  expect(receipt().carbon).toMatchObject({ zone: "DE", zone_from: "environment", facility: { pue: 1.5 } });
});

test("a real run leaves its row, and one per phase in the task file", async () => {
  const model = await packagedMiniLm(nodeWorld().files);
  const args = ["run", "feature-extraction", "--model", model, "--input", "A red fox.", "--codecarbon"];
  const { folder, tableIn } = inProject("tasks", "experiment_name = night/1", { FRUGAL_ZONE: "FR" }, ...args);
  const [run, ...more] = tableIn("emissions.csv").rows;
  expect(more).toEqual([]);
  const file = `emissions_night_1_${run!["run_id"]}.csv`;
  expect(
    readdirSync(folder)
      .filter((name) => name.endsWith(".csv"))
      .sort(),
  ).toEqual(["emissions.csv", file]);
  const { header, rows } = tableIn(file);
  expect(header).toEqual(TASK_COLUMNS);
  expect(rows.length).toBeGreaterThan(1);
  expect(new Set(rows.map((row) => row["task_name"])).size).toBe(rows.length);
  const energy = rows.map((row) => Number(row["energy_consumed"]));
  const spent = energy.reduce((sum, each) => sum + each, 0);
  expect(Math.min(...energy)).toBeGreaterThan(0);
  expect(spent).toBeLessThanOrEqual(Number(run!["energy_consumed"]) * (1 + 1e-9));
});
