// Compiles src/ to dist/ and marks the command as executable. One step, no bundler: see docs/decisions/0002-toolchain.md.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
if (process.argv.includes("--clean")) rmSync(join(root, "dist"), { recursive: true, force: true });
const compiled = spawnSync(
  process.execPath,
  [join(typescript, "bin", "tsc"), "-p", join(root, "tsconfig.json")],
  {
    cwd: root,
    stdio: "inherit",
  },
);
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
removeStale(join(root, "dist"), join(root, "src"));
const command = join(root, "dist", "bin", "frugal.js");
if (existsSync(command)) chmodSync(command, 0o755);

/** What the compiler made of sources that are gone: a package must not carry it. */
function removeStale(dist, src) {
  for (const entry of readdirSync(dist, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = relative(dist, join(entry.parentPath, entry.name));
    const source = path.replace(/(\.d\.ts|\.js)$/, ".ts");
    if (!existsSync(join(src, source))) rmSync(join(dist, path));
  }
}
