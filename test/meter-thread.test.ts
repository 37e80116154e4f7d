/** The meter in real programs: with a blocked event loop, without being closed, in threads and in cluster children. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";

const ENERGY = pathToFileURL(join(import.meta.dirname, "..", "dist", "public", "energy.js")).href;
const folder = mkdtempSync(join(tmpdir(), "frugal-meter-thread-"));
afterAll(() => rmSync(folder, { recursive: true }));

let programs = 0;
/** Runs a program that uses frugal/energy; what it prints is JSON. */
function run(source: string) {
  const path = join(folder, `program-${programs++}.mjs`);
  const head = `import { openMeter } from ${JSON.stringify(ENERGY)};
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const spin = (cpuMs) => {
  const start = process.cpuUsage().user;
  while (process.cpuUsage().user - start < cpuMs * 1000);
};
const cpuJ = (readings) => readings.find((each) => each.kind === "available" && each.component === "cpu").joules.value;
`;
  writeFileSync(path, head + source);
  const done = spawnSync(process.execPath, [path], {
    encoding: "utf8",
    env: { ...process.env, FRUGAL_CPU_WATTS: "10" },
  });
  expect([done.status, done.signal, done.stderr]).toEqual([0, null, ""]);
  return JSON.parse(done.stdout);
}

test("a span of pure computing keeps its energy: none of it goes to the spans around it", () => {
  const { busy, calm, whole, used } = run(`
    const meter = await openMeter({ periodMs: 20 });
    await meter.span("calm", () => sleep(300));
    const before = process.cpuUsage();
    await meter.span("busy", () => spin(500));
    const { user, system } = process.cpuUsage(before);
    await meter.span("calm", () => sleep(300));
    const { spans, whole } = await meter.close();
    const of = (name) => cpuJ(spans.find((span) => span.name === name).readings);
    console.log(JSON.stringify({ busy: of("busy"), calm: of("calm"), whole: cpuJ(whole.readings), used: (user + system) / 1e6 }));
  `);
  // At 10 W per busy thread. The rest is starting up, in no span or in the first one.
  expect(Math.abs(busy / (10 * used) - 1)).toBeLessThan(0.15);
  expect(calm).toBeLessThan(busy);
  expect(whole).toBeGreaterThanOrEqual(busy + calm);
});

test("a meter that nobody closes does not keep the program alive", () => {
  const { done } = run(`
    const meter = await openMeter({ periodMs: 10 });
    await meter.span("work", () => sleep(50));
    console.log(JSON.stringify({ done: true }));
  `);
  expect(done).toBe(true);
});

test("a thread that sleeps between samples answers when asked, and takes part in a report of the process", () => {
  const { joules, workers } = run(`
    const meter = await openMeter({ periodMs: 600_000 });
    await meter.span("first", () => undefined);
    await meter.span("second", () => undefined);
    await sleep(500);
    const { energy } = await meter.measure("work", () => spin(200));
    process.report.excludeNetwork = true;
    const { workers } = JSON.parse(JSON.stringify(process.report.getReport()));
    console.log(JSON.stringify({ joules: cpuJ(energy.readings), workers: workers.length }));
  `);
  expect(joules).toBeGreaterThan(1.9);
  expect(workers).toBe(1);
});

test("a program that waits for the energy of a span gets it before it ends", () => {
  const { joules } = run(`
    const meter = await openMeter({ periodMs: 50 });
    const span = meter.start("request");
    span.run(() => spin(50));
    const { readings } = await span.end();
    console.log(JSON.stringify({ joules: cpuJ(readings) }));
  `);
  expect(joules).toBeGreaterThan(0.4);
});

test("process.exit right after a span ends cleanly, also while the thread is starting", () => {
  expect(
    run(`
    const meter = await openMeter();
    await meter.span("work", () => 1);
    console.log("{}");
    process.exit(0);
  `),
  ).toEqual({});
});

test("meters in threads of one process measure, and say that they count the same energy", () => {
  const results = run(`
    import { Worker, isMainThread, parentPort } from "node:worker_threads";
    // However late a thread starts or runs, each is open while the other is.
    const told = (port) => new Promise((done) => port.once("message", done));
    if (isMainThread) {
      const workers = [1, 2].map(() => new Worker(new URL(import.meta.url)));
      const allTold = () => Promise.all(workers.map(told));
      await allTold();
      for (const worker of workers) worker.postMessage("work");
      await allTold();
      for (const worker of workers) worker.postMessage("close");
      console.log(JSON.stringify(await allTold()));
    } else {
      const meter = await openMeter();
      parentPort.postMessage("open");
      await told(parentPort);
      await meter.span("work", async () => { spin(100); await sleep(500); });
      parentPort.postMessage("done");
      await told(parentPort);
      const { whole, spans } = await meter.close();
      parentPort.postMessage({ shared: whole.shared, names: spans.map((span) => span.name), joules: cpuJ(whole.readings) });
    }
  `);
  for (const each of results) {
    expect(each).toMatchObject({ shared: true, names: ["work"] });
    expect(each.joules).toBeGreaterThan(0.9);
  }
});

test("cluster children measure themselves, and say so when their parent measures them as well", () => {
  const { children, parent } = run(`
    import cluster from "node:cluster";
    if (cluster.isPrimary) {
      const meter = await openMeter();
      const child = () => new Promise((done) => cluster.fork().once("message", done));
      const children = await Promise.all([child(), child()]);
      const { whole } = await meter.close();
      console.log(JSON.stringify({ children, parent: { shared: whole.shared, joules: cpuJ(whole.readings) } }));
    } else {
      const meter = await openMeter();
      await meter.span("work", () => spin(200));
      const { whole } = await meter.close();
      process.send({ shared: whole.shared, joules: cpuJ(whole.readings) }, () => process.exit(0));
    }
  `);
  for (const child of children) {
    expect(child.shared).toBe(true);
    expect(child.joules).toBeGreaterThan(1.9);
  }
  expect(parent.shared).toBe(false);
  expect(parent.joules).toBeGreaterThan(children[0].joules + children[1].joules);
});
