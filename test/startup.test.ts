import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COMMANDS } from "../src/apps/cli/commands.ts";
import { VERSION } from "../src/core/version.ts";

const ROOT = join(import.meta.dirname, "..");

/** Prints every module that the process loads, through the loader's own hook. */
const HOOK = `import { register } from "node:module";
register("data:text/javascript," + encodeURIComponent('import { writeSync } from "node:fs"; export async function load(url, context, next) { writeSync(2, "loaded " + url + "\\\\n"); return next(url, context); }'));`;

test("--help loads no module but commander, core/, the ports and the command table", () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--import",
      `data:text/javascript,${encodeURIComponent(HOOK)}`,
      join(ROOT, "dist/bin/frugal.js"),
      "--help",
    ],
    { encoding: "utf8" },
  );
  const loaded = [...stderr.matchAll(/^loaded (?:file:\/\/)?(\S+)$/gm)].map((match) => match[1]!);
  const files = loaded
    .filter((url) => url.startsWith("/"))
    .map((path) => path.slice(Math.max(path.lastIndexOf("/dist/"), path.lastIndexOf("/node_modules/")) + 1));
  expect(files).toContain("dist/apps/cli/main.js");
  const allowed =
    /^(dist\/(bin\/frugal|core\/|host\/|apps\/cli\/[a-z-]+\.js|apps\/cli\/commands\/)|node_modules\/commander\/)/;
  expect(files.filter((path) => !allowed.test(path))).toEqual([]);
  expect(files.filter((path) => path.includes("receipt-notes") || path.includes("output-text"))).toEqual([]);
  for (const spec of COMMANDS) expect(stdout).toContain(spec.name.split(" ")[0]!);
});

test("the version is that of package.json", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version);
});
