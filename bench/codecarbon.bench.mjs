/** frugal beside CodeCarbon, on the same machine and load: see peers/codecarbon/README.md. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { installCodeCarbon } from "./peers/codecarbon/install.mjs";
import { busyThreadWatts, PINNED, readingsIn } from "./peers/codecarbon/readings.mjs";

const FOLDER = join(import.meta.dirname, "peers", "codecarbon");
const SETTLE_S = 3;
const IDLE_S = 20;
const LOAD_CPU_S = 5;
const SPANS = 1_000;

let installed;
let failure;
/** Once for all comparisons, also where it fails. */
const prepare = () => {
  if (failure !== undefined) throw failure;
  try {
    installed ??= installCodeCarbon();
  } catch (thrown) {
    failure = thrown;
    throw thrown;
  }
  return installed.notes;
};

const LOAD = [process.execPath, join(FOLDER, "load.mjs"), LOAD_CPU_S];
const options = { encoding: "utf8", cwd: FOLDER, stdio: ["ignore", "pipe", "ignore"] };
const ours = (names, ...args) => ({
  label: "frugal",
  measure: () =>
    readingsIn(
      execFileSync(process.execPath, [join(FOLDER, "measure.mjs"), ...args.map(String)], options),
      names,
    ),
});
const theirs = (names, ...args) => ({
  label: `CodeCarbon ${PINNED}`,
  measure: () => {
    const { python, env } = installed;
    const command = [join(FOLDER, "measure.py"), ...args.map(String)];
    return readingsIn(execFileSync(python, command, { ...options, env }), names, PINNED);
  },
});
const both = (names, ...args) => ({ a: ours(names, ...args), b: theirs(names, ...args) });
const reading = (name) => (found) => found[name];
const ENERGY = ["energy_j", "cpu_j", "ram_j", "load_cpu_s", "load_wall_s"];

const load = (mode) => ({
  name: `codecarbon load, ${mode}`,
  question: `Which energy do both tell for ${LOAD_CPU_S} CPU seconds of one thread in a child process, CodeCarbon with tracking_mode="${mode}"?`,
  pairs: 5,
  readings: [
    { name: "total", unit: "J", of: reading("energy_j") },
    { name: "memory", unit: "J", of: reading("ram_j") },
    { name: "CPU by CPU second of the load", unit: "W", of: busyThreadWatts },
  ],
  ...both(ENERGY, "load", mode, ...LOAD),
});

export const comparisons = [
  {
    name: "codecarbon start",
    question:
      "How long does it take from the import until something is measured, the interpreter's own start aside?",
    pairs: 12,
    readings: [{ name: "import and start", unit: "ms", of: reading("start_ms") }],
    ...both(["start_ms"], "start"),
  },
  {
    name: "codecarbon idle",
    question: `What does a program that does nothing cost while it is sampled once a second (${IDLE_S} s)?`,
    pairs: 5,
    readings: [
      { name: "CPU", unit: "% of a processor", of: reading("cpu_percent") },
      { name: "resident memory", unit: "MB", of: reading("rss_mb") },
    ],
    ...both(["cpu_percent", "rss_mb"], "idle", SETTLE_S, IDLE_S),
  },
  load("process"),
  load("machine"),
  {
    name: "codecarbon spans",
    question: `How long do ${SPANS} empty spans take (meter.span; start_task and stop_task)?`,
    pairs: 8,
    readings: [{ name: `${SPANS} spans`, unit: "ms", of: reading("spans_ms") }],
    ...both(["spans_ms"], "spans", SPANS),
  },
].map((comparison) => ({ ...comparison, prepare, isPeer: true, warmUp: 1 }));
