import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { LIVE_SOURCES } from "../src/energy/carbon/carbon-config.ts";
import { embodiedDevices } from "../src/energy/carbon/embodied-factor.ts";
import type { Receipt } from "../src/receipt/receipt.ts";
import { isSealed } from "../src/receipt/seal.ts";

const COMMAND = join(import.meta.dirname, "..", "dist", "bin", "frugal.js");
const scratch = mkdtempSync(join(tmpdir(), "frugal-carbon-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** The first JSON block of the page. */
const page = readFileSync(join(import.meta.dirname, "..", "docs", "carbon.md"), "utf8");
const CONFIG_EXAMPLE = /^```json\n([\s\S]*?)^```/m.exec(page)![1]!;

function track(home: string, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stderr } = spawnSync(
    process.execPath,
    [COMMAND, "track", "--json", "receipt.json", ...args, "--", "true"],
    { cwd: scratch, encoding: "utf8", env: { ...process.env, FRUGAL_HOME: home, ...env } },
  );
  expect([status, stderr]).toEqual([0, ""]);
  const receipt = JSON.parse(readFileSync(join(scratch, "receipt.json"), "utf8")) as Receipt;
  expect(isSealed(receipt)).toBe(true);
  return receipt.carbon!;
}

test("flags of a run end in its receipt: region, facility, water, market-based", () => {
  const flags = ["--cloud", "aws:eu-west-1", "--pue", "1.2", "--wue", "0.5", "--supplier-factor", "40"];
  const carbon = track(join(scratch, "home"), flags);
  expect(carbon).toMatchObject({
    zone: "IE",
    zone_from: "flag",
    cloud_region: "aws:eu-west-1",
    resolution: "year",
    facility: { pue: 1.2, source: "flag" },
    water: { wue_l_per_kwh: 0.5 },
    market: {
      status: "available",
      intensity_g_per_kwh: { value: 40 },
      instruments: [{ kind: "supplier", share: 1 }],
    },
    embodied: { status: "unavailable" },
  });
  expect(carbon.facility!.emissions_g.value / carbon.emissions_g.value).toBeCloseTo(1.2, 9);
});

test("the config that docs/carbon.md shows is one that works", () => {
  const home = join(scratch, "configured");
  mkdirSync(home);
  writeFileSync(join(home, "config.json"), CONFIG_EXAMPLE);
  const carbon = track(home, [], { FRUGAL_LIVE: "off" });
  expect(carbon).toMatchObject({
    zone: "FR",
    zone_from: "config",
    facility: { source: "config" },
    market: { status: "available", remainder: { basis: "residual-mix" } },
    embodied: { status: "available", device: "PowerEdge R740" },
  });
});

test("docs/carbon.md names every device, live source and variable that the code knows", () => {
  const names = [
    ...embodiedDevices().map(({ id }) => id),
    ...LIVE_SOURCES,
    ...["FRUGAL_ZONE", "FRUGAL_CLOUD", "FRUGAL_PUE", "FRUGAL_WUE", "FRUGAL_LIVE", "FRUGAL_OFFLINE"],
  ];
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});

/** Prints every module that the process loads, through the loader's own hook. */
const HOOK = `import { register } from "node:module";
register("data:text/javascript," + encodeURIComponent('import { writeSync } from "node:fs"; export async function load(url, context, next) { writeSync(2, "loaded " + url + "\\\\n"); return next(url, context); }'));`;

test("a run that names neither cloud, hardware nor live source loads nothing that serves them", () => {
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  const args = ["--import", hook, COMMAND, "track", "--zone", "FR", "--", "true"];
  const env = { ...process.env, FRUGAL_HOME: join(scratch, "lazy") };
  const { stderr } = spawnSync(process.execPath, args, { cwd: scratch, encoding: "utf8", env });
  const loaded = [...stderr.matchAll(/^loaded \S*\/dist\/energy\/carbon\/(\S+)$/gm)].map(
    (match) => match[1]!,
  );
  expect(loaded).toContain("open-carbon.js");
  expect(loaded.filter((file) => /^live|^cloud\/cloud|^embodied|^integrate/.test(file))).toEqual([]);
});
