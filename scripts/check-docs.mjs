// The docs check: nothing undocumented, no dead link, no example that fails. Needs a build.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ERROR_CODES } from "../dist/core/error.js";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const problems = [];
const read = (path) => readFileSync(join(root, path), "utf8");

for (const script of ["command-reference.mjs", "op-table.mjs"]) {
  const generated = spawnSync(process.execPath, [join(root, "scripts", script), "--check"], {
    encoding: "utf8",
  });
  if (generated.status !== 0) problems.push(generated.stderr.trim());
}

// The formatter pads table cells.
const errors = read("docs/errors.md").replaceAll(/ +\|/g, " |");
for (const [code, exit] of Object.entries(ERROR_CODES)) {
  const row = errors.split("\n").find((line) => line.startsWith(`| \`${code}\` |`));
  if (row === undefined) problems.push(`docs/errors.md does not explain ${code}`);
  else if (!row.startsWith(`| \`${code}\` | ${exit} |`))
    problems.push(`docs/errors.md: ${code} exits with ${exit}`);
}
for (const [, code] of errors.matchAll(/^\| `([a-z0-9-]+)` \|/gm)) {
  if (!(code in ERROR_CODES)) problems.push(`docs/errors.md explains ${code}, which does not exist`);
}

const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", ...markdownBelow("docs")];
for (const page of pages) {
  const text = read(page);
  for (const [, target] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    if (!existsSync(join(root, dirname(page), target)))
      problems.push(`${page} links to ${target}, which is not there`);
  }
  for (const [, language, body] of text.matchAll(/^```(sh|js) run\n([\s\S]*?)^```/gm))
    runExample(page, language, body);
}

const lines = read("ARCHITECTURE.md").split("\n").length;
if (lines > 110) problems.push(`ARCHITECTURE.md has ${lines} lines; two screens are at most 110`);
const firstSection = /^## (.+)$/m.exec(read("CHANGELOG.md"))?.[1];
if (firstSection !== "Unreleased") problems.push("CHANGELOG.md must have Unreleased on top");

for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0 ? `docs: ${pages.length} pages, no problem` : `docs: ${problems.length} problems`,
);
process.exit(problems.length === 0 ? 0 : 1);

function markdownBelow(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => relative(root, join(root, folder, name)));
}

/** Runs a block in an empty folder with a ledger of its own; `frugal` is this build, `frugal/…` this package. */
function runExample(page, language, body) {
  const folder = mkdtempSync(join(tmpdir(), "frugal-docs-"));
  const command = `frugal() { "${process.execPath}" "${join(root, "dist/bin/frugal.js")}" "$@"; }\n`;
  const [program, args] =
    language === "sh"
      ? ["bash", ["-euo", "pipefail", "-c", command + body]]
      : [
          process.execPath,
          [
            "--input-type=module",
            "-e",
            body.replaceAll(
              /"frugal\/([a-z]+)"/g,
              (_, room) => `"${join(root, "dist/public", `${room}.js`)}"`,
            ),
          ],
        ];
  const done = spawnSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, FRUGAL_HOME: join(folder, "home"), HF_HUB_OFFLINE: "1" },
  });
  rmSync(folder, { recursive: true, force: true });
  if (done.status !== 0)
    problems.push(`${page}: an example exits with ${done.status}:\n${body}${done.stderr}`);
}
