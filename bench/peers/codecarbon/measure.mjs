// frugal's side: does one thing (start, idle, load or spans) and prints what it took as a line of JSON, as measure.py does.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const LIBRARY = "../../../dist/public/energy.js";
const nothing = () => undefined;
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1_000));
const cpuS = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const todo = {
  async start() {
    const began = performance.now();
    const { meter } = await import(LIBRARY);
    await meter.span("first", nothing);
    return { start_ms: performance.now() - began };
  },
  async idle(settle, seconds) {
    const { openMeter } = await import(LIBRARY);
    const opened = await openMeter({ periodMs: 1_000 });
    // With a span a thread samples, as in a program that measures something.
    await opened.span("first", nothing);
    await sleep(Number(settle));
    const [began, cpu] = [performance.now(), cpuS()];
    await sleep(Number(seconds));
    const share = (cpuS() - cpu) / ((performance.now() - began) / 1_000);
    const rss = process.memoryUsage.rss();
    await opened.close();
    return { cpu_percent: share * 100, rss_mb: rss / 1e6 };
  },
  async load(_mode, command, ...args) {
    const { energyTotal, track } = await import(LIBRARY);
    const run = promisify(execFile);
    const { value, energy } = await track("load", () => run(command, args));
    const part = (component) => {
      const reading = energy.readings.find(
        (each) => each.component === component && each.kind === "available",
      );
      if (reading === undefined) throw new Error(`no reading of ${component}`);
      return reading.joules.value;
    };
    const { joules } = energyTotal(energy.readings);
    if (joules === undefined) throw new Error("no total");
    return { energy_j: joules.value, cpu_j: part("cpu"), ram_j: part("ram"), ...JSON.parse(value.stdout) };
  },
  async spans(count) {
    const { meter } = await import(LIBRARY);
    await meter.span("first", nothing);
    const began = performance.now();
    for (let at = 0; at < Number(count); at++) await meter.span(`span ${at}`, nothing);
    return { spans_ms: performance.now() - began };
  },
};

const [what, ...args] = process.argv.slice(2);
console.log(JSON.stringify(await todo[what](...args)));
process.exit();
