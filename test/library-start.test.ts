/** What a program loads that measures itself: its start is part of what it measures. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const DIST = join(import.meta.dirname, "..", "dist");
const url = (path: string): string => pathToFileURL(join(DIST, path)).href;
const HOOK = `import { register } from "node:module";
register("data:text/javascript," + encodeURIComponent('import { writeSync } from "node:fs"; export async function load(url, context, next) { writeSync(2, "loaded " + url + "\\\\n"); return next(url, context); }'));`;

function run(source: string, imports: readonly string[] = []) {
  const hooks = imports.flatMap((each) => ["--import", `data:text/javascript,${encodeURIComponent(each)}`]);
  return spawnSync(process.execPath, [...hooks, "--input-type=module", "-e", source], { encoding: "utf8" });
}

test("importing the library and running a span loads two files of it", () => {
  const { stderr, status } = run(
    `import { meter } from ${JSON.stringify(url("public/energy.js"))}; await meter.span("first", () => 1);`,
    [HOOK],
  );
  expect(status).toBe(0);
  const files = [...stderr.matchAll(/^loaded file:\/\/\S+\/dist\/(\S+)$/gm)].map((match) => match[1]);
  const counters = ["energy/powercap-source.js"];
  expect(files.filter((file) => !counters.some((each) => file?.startsWith(each))).slice(0, 2)).toEqual([
    "public/energy.js",
    "core/error.js",
  ]);
  // A machine with counters loads their sensors as well.
  expect(files.length).toBeLessThanOrEqual(12);
  expect(stderr).not.toMatch(/node_modules|worker_threads/);
});

test("an error of the library is the same class in every entry", () => {
  const { stdout, stderr } = run(`
    import { openMeter, withBudget } from ${JSON.stringify(url("public/energy.js"))};
    import { FrugalError } from ${JSON.stringify(url("public/core.js"))};
    process.env.FRUGAL_CPU_WATTS = "none";
    const own = await openMeter().catch((thrown) => thrown);
    delete process.env.FRUGAL_CPU_WATTS;
    const later = await withBudget({ joules: -1 }, () => 1).catch((thrown) => thrown);
    console.log(own instanceof FrugalError, later instanceof FrugalError, own.code, later.code);
  `);
  expect([stdout, stderr]).toEqual(["true true bad-option bad-option\n", ""]);
});

test("the bills of requests use the program's own meter", () => {
  const { stdout, stderr } = run(`
    import { EventEmitter } from "node:events";
    import { meter } from ${JSON.stringify(url("public/energy.js"))};
    import { nodeBilling } from ${JSON.stringify(url("public/energy-http.js"))};
    const response = Object.assign(new EventEmitter(), { statusCode: 200, writeHead() {}, end() {}, setHeader() {} });
    await new Promise((done) => nodeBilling()({ method: "GET", url: "/" }, response, done));
    response.emit("close");
    const { spans } = await meter.close();
    console.log(spans.map((span) => span.name).join());
  `);
  expect([stdout, stderr]).toEqual(["request\n", ""]);
});
