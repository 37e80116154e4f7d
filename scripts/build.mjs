// Compiles src/ to dist/, joins what programs that are measured load, and marks the command as executable: see
// docs/decisions/0002-toolchain.md and 0005-library-in-one-file.md.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const UNUSED = "\0unused";
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
for (const entry of ["public/energy.js", "bin/sensor-thread.js", "bin/frugal.js"])
  await intoOneFile(join(root, "dist"), entry);
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

/**
 * A file costs Node a millisecond or two to find, read and link, and these entries are paid for by whoever is measured.
 * What is loaded later stays apart.
 */
async function intoOneFile(dist, entry) {
  const file = join(dist, entry);
  const external = (path) => ({
    id: relative(dirname(file), path).replaceAll("\\", "/"),
    external: "absolute",
  });
  await build({
    input: file,
    platform: "node",
    logLevel: "warn",
    plugins: [
      {
        name: "what stays apart",
        // Of Node's own modules the name is the place.
        resolveDynamicImport: (specifier, importer) =>
          specifier.startsWith("node:") ? null : external(resolve(dirname(importer), specifier)),
      },
      {
        name: "what nobody uses",
        // commander starts programs for subcommands that are files of their own: we have none, and it is 5 ms to load.
        resolveId: (specifier) => (specifier === "node:child_process" ? UNUSED : null),
        load: (id) => (id === UNUSED ? "export default {};" : null),
      },
    ],
    output: { file, format: "esm", comments: false },
  });
  writeFileSync(file, withoutFacades(readFileSync(file, "utf8")));
}

/**
 * To import one of its own modules, Node reads every export of it, and of node:fs that loads all of node:stream: 7 ms on
 * a slow machine. Asked for the module itself, it does not.
 */
function withoutFacades(code) {
  const statement =
    /^import (?:(?<whole>\w+)|\* as (?<all>\w+)|\{(?<some>[^}]+)\}) from "(?<name>node:[^"]+)";$/gm;
  const direct = code.replaceAll(statement, (...found) => {
    const { whole, all, some, name } = found.at(-1);
    return `const ${whole ?? all ?? `{${some.replaceAll(" as ", ": ")}}`} = process.getBuiltinModule("${name}");`;
  });
  const left = /^import .*"node:.*$/m.exec(direct)?.[0];
  if (left !== undefined) throw new Error(`scripts/build.mjs cannot read "${left}"`);
  return direct;
}
