import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COMMANDS } from "../src/apps/cli/commands.ts";
import { VERSION } from "../src/core/version.ts";

const ROOT = join(import.meta.dirname, "..");

/** Prints every module that the process loads, through the loader's own hook. */
const HOOK = `import { register } from "node:module";
register("data:text/javascript," + encodeURIComponent('import { writeSync } from "node:fs"; export async function load(url, context, next) { writeSync(2, "loaded " + url + "\\\\n"); return next(url, context); }'));`;

/** Files of this package and its dependencies that a command loads, from dist/ or node_modules/ on. */
function loadedBy(...args: readonly string[]): {
  readonly files: readonly string[];
  readonly stdout: string;
} {
  const hook = `data:text/javascript,${encodeURIComponent(HOOK)}`;
  const home = mkdtempSync(join(tmpdir(), "frugal-startup-"));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", hook, join(ROOT, "dist/bin/frugal.js"), ...args],
    { encoding: "utf8", env: { ...process.env, FRUGAL_HOME: home } },
  );
  rmSync(home, { recursive: true });
  const loaded = [...stderr.matchAll(/^loaded (?:file:\/\/)?(\S+)$/gm)].map((match) => match[1]!);
  const files = loaded
    .filter((url) => url.startsWith("/"))
    .map((path) => path.slice(Math.max(path.lastIndexOf("/dist/"), path.lastIndexOf("/node_modules/")) + 1));
  return { files: files.flatMap((path) => [path, ...joinedInto(path)]), stdout };
}

/** The build joins the command's first files into one and names each in a comment (docs/decisions/0005). */
const joinedInto = (path: string): readonly string[] =>
  path === "dist/bin/frugal.js"
    ? [...readFileSync(join(ROOT, path), "utf8").matchAll(/^\/\/ ((?:dist|node_modules)\/\S+)$/gm)].map(
        (match) => match[1]!,
      )
    : [];

test("--help loads no module but commander, core/, the ports and the command table", () => {
  const { files, stdout } = loadedBy("--help");
  expect(files).toContain("dist/apps/cli/main.js");
  // The recipe's table is where the options of `tune` are said.
  const allowed =
    /^(dist\/(bin\/frugal|core\/|host\/|apps\/cli\/[a-z-]+\.js|apps\/cli\/commands\/|recycle\/tune\/(recipe-fields|option-name)\.js)|node_modules\/commander\/)/;
  expect(files.filter((path) => !allowed.test(path))).toEqual([]);
  expect(files.filter((path) => path.includes("receipt-notes") || path.includes("output-text"))).toEqual([]);
  for (const spec of COMMANDS) expect(stdout).toContain(spec.name.split(" ")[0]!);
});

test("track stores its receipt without loading the database", () => {
  const { files } = loadedBy("track", "--", "true");
  const ledger = files.filter((path) => /dist\/ledger\/|libsql/.test(path));
  expect(ledger.sort()).toEqual([
    "dist/ledger/failures.js",
    "dist/ledger/ledger-folder.js",
    "dist/ledger/pending.js",
  ]);
});

test("the version is that of package.json", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version);
});
