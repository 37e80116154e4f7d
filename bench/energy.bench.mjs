/** What the library costs a program: its start, one sample, one span while a thread samples. */
import { join } from "node:path";
import { openInstruments } from "../dist/energy/instruments.js";
import { openMeter } from "../dist/energy/open-meter.js";
import { nodeMeterWorld } from "../dist/host/node-meter-world.js";
import { processMs } from "./process-time.mjs";

/** Enough for the clock's microsecond. */
const SAMPLES = 200;
const SPANS = 20_000;

let consumed = 0;
const nothing = async () => {
  consumed++;
};

async function microsecondsEach(times, work) {
  const start = performance.now();
  for (let at = 0; at < times; at++) await work();
  return ((performance.now() - start) * 1_000) / times;
}

export const comparisons = [
  {
    name: "library start",
    question:
      "How much longer does a program take that imports `frugal/energy` and runs one span, than an empty one?",
    unit: "ms",
    /** A third of what Node itself takes to start. */
    target: 15,
    a: {
      label: "import + first span",
      measure: () => processMs([join(import.meta.dirname, "first-span.mjs")]),
    },
    b: { label: "empty module", measure: () => processMs([join(import.meta.dirname, "empty.mjs")]) },
  },
  {
    name: "sample",
    question:
      "What does one look at all sensors of this machine cost? At 1 Hz, 1,000 µs are 0.1 % of a processor.",
    unit: "µs",
    target: 1_000,
    a: {
      label: "sample",
      measure: async () => {
        const instruments = await openInstruments(nodeMeterWorld(), {});
        const each = await microsecondsEach(SAMPLES, async () => void instruments.read());
        instruments.close();
        return each;
      },
    },
    b: { label: "await", measure: () => microsecondsEach(SAMPLES, nothing) },
  },
  {
    name: "span beside a thread",
    question: "How much longer does an empty function take inside `meter.span` once a thread samples?",
    unit: "µs",
    target: 2,
    a: {
      label: "meter.span",
      measure: async () => {
        const { meter, close } = await openMeter(nodeMeterWorld());
        await meter.span("first", nothing);
        await meter.span("second", nothing);
        await new Promise((done) => setTimeout(done, 300));
        const each = await microsecondsEach(SPANS, () => meter.span("empty", nothing));
        await close();
        return each;
      },
    },
    b: { label: "await", measure: () => microsecondsEach(SPANS, nothing) },
    check: () => {
      if (consumed === 0) throw new Error("nothing was run");
    },
  },
];
