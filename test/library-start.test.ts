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

test("importing the library and running a span loads one file of it, and of Node's modules only what is used", () => {
  const { stderr, status } = run(
    `import { meter } from ${JSON.stringify(url("public/energy.js"))}; await meter.span("first", () => 1);`,
    [HOOK],
  );
  expect(status).toBe(0);
  const files = [...stderr.matchAll(/^loaded file:\/\/\S+\/dist\/(\S+)$/gm)].map((match) => match[1]);
  expect(files[0]).toBe("public/energy.js");
  // Readers of GPUs, batteries and the like, where there are any; never what every machine needs.
  expect(files.length).toBeLessThanOrEqual(12);
  expect(files.filter((file) => /core\/error|cpu-power|powercap|host\//.test(file!))).toEqual([]);
  expect(stderr).not.toMatch(
    /node_modules|worker_threads|^loaded node:(?:fs|os|path|url|module|async_hooks)/m,
  );
});

test("the library finds Node's modules that it loads later", () => {
  const { stdout, stderr } = run(`
    import { openMeter } from ${JSON.stringify(url("public/energy.js"))};
    process.env.FRUGAL_SENSORD = "/nowhere/sensord.sock";
    const meter = await openMeter({ powercapRoot: "/nowhere", sampling: "here" });
    const { whole } = await meter.close();
    const { reason } = whole.readings.find(({ source }) => source.includes("sensord"));
    console.log(/ENOENT/.test(reason), reason.includes("find module"));
  `);
  expect([stdout, stderr]).toEqual(["true false\n", ""]);
});

test("an error of the library is known as one in every entry", () => {
  const { stdout, stderr } = run(`
    import { openMeter, withBudget } from ${JSON.stringify(url("public/energy.js"))};
    import { FrugalError } from ${JSON.stringify(url("public/core.js"))};
    process.env.FRUGAL_CPU_WATTS = "none";
    const own = await openMeter().catch((thrown) => thrown);
    delete process.env.FRUGAL_CPU_WATTS;
    const later = await withBudget({ joules: -1 }, () => 1).catch((thrown) => thrown);
    console.log(own instanceof FrugalError, later instanceof FrugalError, own.code, later.code, own.exitCode);
  `);
  expect([stdout, stderr]).toEqual(["true true bad-option bad-option 2\n", ""]);
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
