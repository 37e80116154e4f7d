/** What measuring costs the measured: a whole process around a command, and a span inside one. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMeter } from "../dist/energy/open-meter.js";
import { nodeWorld } from "../dist/host/node-world.js";
import { commandMs, FRUGAL, processMs } from "./process-time.mjs";

const home = mkdtempSync(join(tmpdir(), "frugal-bench-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));

/** Spans per measurement: enough for the clock's microsecond, short enough for twenty samples a second. */
const SPANS = 20_000;

async function microsecondsEach(work) {
  const start = performance.now();
  for (let at = 0; at < SPANS; at++) await work();
  return ((performance.now() - start) * 1_000) / SPANS;
}

let consumed = 0;
const nothing = async () => {
  consumed++;
};

export const comparisons = [
  {
    name: "track",
    question: "How much longer does `frugal track -- true` take than `true`?",
    unit: "ms",
    a: {
      label: "frugal track -q -- true",
      measure: () => processMs([FRUGAL, "track", "-q", "--", "true"], { env: { FRUGAL_HOME: home } }),
    },
    b: { label: "true", measure: () => commandMs("true", []) },
  },
  {
    name: "span",
    question: "How much longer does an empty function take inside `meter.span`?",
    unit: "µs",
    a: {
      label: "meter.span",
      measure: async () => {
        const { meter, close } = await openMeter(nodeWorld());
        const each = await microsecondsEach(() => meter.span("empty", nothing));
        await close();
        return each;
      },
    },
    b: { label: "await", measure: () => microsecondsEach(nothing) },
    check: () => {
      if (consumed % SPANS !== 0 || consumed === 0) throw new Error(`${consumed} calls are no whole rounds`);
    },
  },
];
