/**
 * `npm run bench [-- NAME … --pairs N --out FOLDER --note TEXT]`: every comparison of *.bench.mjs, or those whose name contains NAME, in
 * alternating order A B, B A, …, and the report in bench/runs/DATE-MACHINE[-NAME …]/. Comparisons with other programs run only when named, and are
 * told as ratios; one that cannot be had is named, and the exit code is 1.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { csv, differenceCells, HEADER, PEER_HEADER, ratioCells, SEED, seriesOf, table } from "./summary.mjs";
import { Unavailable } from "./unavailable.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: "string" }, out: { type: "string" }, note: { type: "string" } },
});
const USUAL_PAIRS = 60;
const askedPairs = values.pairs === undefined ? undefined : Number(values.pairs);
if (askedPairs !== undefined && !(Number.isInteger(askedPairs) && askedPairs >= 2))
  throw new Error(`--pairs ${values.pairs}: give 2 or more`);
/** Discarded: the first runs fill the file cache and let the compiler settle. */
const WARM_UP = 3;

const load = () =>
  os
    .loadavg()
    .map((each) => each.toFixed(1))
    .join(" ");
const loadBefore = load();
const results = [];
const notes = new Set(values.note === undefined ? [] : [`note: ${values.note}`]);
const missing = [];
for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith(".bench.mjs"))) {
  const { comparisons } = await import(join(import.meta.dirname, file));
  for (const comparison of comparisons) {
    const isNamed = positionals.some((name) => comparison.name.includes(name));
    if (!isNamed && (positionals.length > 0 || comparison.isPeer)) continue;
    try {
      for (const note of comparison.prepare?.() ?? []) notes.add(note);
    } catch (thrown) {
      if (!(thrown instanceof Unavailable)) throw thrown;
      missing.push(`not compared: ${comparison.name}: ${thrown.message}`);
      console.error(missing.at(-1));
      continue;
    }
    console.error(`${comparison.name}: ${comparison.question}`);
    const pairs = askedPairs ?? comparison.pairs ?? USUAL_PAIRS;
    results.push({ ...comparison, pairs, rows: await measure(comparison, pairs) });
  }
}
if (results.length === 0) {
  if (missing.length === 0) console.error(`no comparison is called ${positionals.join(" or ")}`);
  process.exit(1);
}

async function measure({ a, b, check, warmUp = WARM_UP }, pairs) {
  const rows = [];
  for (let pair = -warmUp; pair < pairs; pair++) {
    const [first, second] = pair % 2 === 0 ? ["a", "b"] : ["b", "a"];
    const found = { pair, first };
    for (const side of [first, second]) found[side] = await { a, b }[side].measure();
    if (pair >= 0) rows.push(found);
  }
  check?.();
  return rows;
}

const quoted = (word) => (/[^\w.=/-]/.test(word) ? JSON.stringify(word) : word);

const commit = execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
const cpu = os.cpus()[0]?.model.trim() ?? "unknown CPU";
const slugOf = (words) => words.join("-").toLowerCase();
const slug = slugOf([...cpu.split(/[^A-Za-z0-9]+/).slice(0, 3), os.availableParallelism()]);
const date = new Date().toISOString().slice(0, 10);
// A run of some comparisons does not take the place of the day's run of all.
const some = slugOf(positionals.flatMap((name) => ["", ...name.split(/[^A-Za-z0-9]+/)]));
const folder = values.out ?? join(import.meta.dirname, "runs", `${date}-${slug}${some}`);
mkdirSync(folder, { recursive: true });

const series = results.flatMap(seriesOf);
const peers = series.filter(({ isPeer }) => isPeer);
const own = series.filter(({ isPeer }) => !isPeer);
const tables = [
  ...(own.length > 0 ? [...table(HEADER, own.map(differenceCells)), ""] : []),
  ...(peers.length > 0 ? [...table(PEER_HEADER, peers.map(ratioCells)), ""] : []),
];
writeFileSync(
  join(folder, "summary.md"),
  [
    `# Bench of ${date}`,
    "",
    ...tables,
    ...results.map(({ name, question, pairs }) => `- **${name}** (${pairs} pairs): ${question}`),
    ...missing.map((each) => `- ${each}`),
    "",
    "A and B in turn; medians; the interval of the median difference, or of the geometric mean of the pairs' ratios, is a " +
      `bootstrap (2,000 resamples, seed ${SEED}).`,
    "",
  ].join("\n"),
);
writeFileSync(
  join(folder, "setup.md"),
  [
    "# Setup",
    "",
    `- commit: ${commit}`,
    `- processor: ${cpu}, ${os.availableParallelism()} threads`,
    `- memory: ${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
    `- system: ${os.type()} ${os.release()}, ${os.arch()}`,
    `- Node: ${process.versions.node}`,
    `- load (1, 5, 15 minutes): ${loadBefore} before, ${load()} after`,
    ...[...notes].map((note) => `- ${note}`),
    `- command: npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).map(quoted).join(" ")}` : ""}`,
    "",
  ].join("\n"),
);
writeFileSync(join(folder, "raw.csv"), csv(series));
console.log(tables.join("\n"));
console.error(`kept in ${relative(process.cwd(), folder)}`);
if (missing.length > 0) process.exitCode = 1;
