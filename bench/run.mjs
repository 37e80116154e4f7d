/**
 * `npm run bench [-- NAME … --pairs N --out FOLDER --note TEXT]`: every comparison of *.bench.mjs, or those whose name contains NAME, in
 * alternating order A B, B A, …, and the report in bench/runs/DATE-MACHINE/.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { seededRandom } from "../dist/core/random.js";
import { bootstrapInterval, quantile } from "../dist/score/bootstrap-interval.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { pairs: { type: "string", default: "60" }, out: { type: "string" }, note: { type: "string" } },
});
const pairs = Number(values.pairs);
if (!(Number.isInteger(pairs) && pairs >= 2)) throw new Error(`--pairs ${values.pairs}: give 2 or more`);
/** Discarded: the first runs fill the file cache and let the compiler settle. */
const WARM_UP = 3;
const SEED = 1;

const load = () =>
  os
    .loadavg()
    .map((each) => each.toFixed(1))
    .join(" ");
const loadBefore = load();
const results = [];
for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith(".bench.mjs"))) {
  const { comparisons } = await import(join(import.meta.dirname, file));
  for (const comparison of comparisons) {
    if (positionals.length > 0 && !positionals.some((name) => comparison.name.includes(name))) continue;
    console.error(`${comparison.name}: ${comparison.question}`);
    results.push({ ...comparison, rows: await measure(comparison) });
  }
}

async function measure({ a, b, check }) {
  const rows = [];
  for (let pair = -WARM_UP; pair < pairs; pair++) {
    const [first, second] = pair % 2 === 0 ? ["a", "b"] : ["b", "a"];
    const found = { pair, first };
    for (const side of [first, second]) found[side] = await { a, b }[side].measure();
    if (pair >= 0) rows.push(found);
  }
  check?.();
  return rows;
}

const quoted = (word) => (/[^\w.=/-]/.test(word) ? JSON.stringify(word) : word);
const median = (numbers) =>
  quantile(
    [...numbers].sort((x, y) => x - y),
    0.5,
  );
const number = (value) => String(Number(value.toPrecision(3)));

/** The median of the differences pair by pair: what slows both sides of a pair down falls out. */
function summaryRow({ name, unit, target, a, b, rows }) {
  const differences = rows.map((row) => row.a - row.b);
  const { low, value, high } = bootstrapInterval(
    differences.length,
    (indices) => median(Array.from(indices, (at) => differences[at])),
    { random: seededRandom(SEED) },
  );
  const verdict = target === undefined ? "–" : high <= target ? "met" : low > target ? "missed" : "undecided";
  const goal = target === undefined ? "–" : `≤ ${target} ${unit}: ${verdict}`;
  return [
    name,
    `${a.label}: ${number(median(rows.map((row) => row.a)))} ${unit}`,
    `${b.label}: ${number(median(rows.map((row) => row.b)))} ${unit}`,
    `${number(value)} ${unit} (${number(low)} … ${number(high)})`,
    goal,
  ];
}

const commit = execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" }).trim();
const cpu = os.cpus()[0]?.model.trim() ?? "unknown CPU";
const slug = `${cpu
  .split(/[^A-Za-z0-9]+/)
  .slice(0, 3)
  .join("-")}-${os.availableParallelism()}`.toLowerCase();
const date = new Date().toISOString().slice(0, 10);
const folder = values.out ?? join(import.meta.dirname, "runs", `${date}-${slug}`);
mkdirSync(folder, { recursive: true });

const table = [
  ["what", "A", "B", "A − B, median (95 %)", "target"],
  ["---", "---", "---", "---", "---"],
  ...results.map(summaryRow),
].map((cells) => `| ${cells.join(" | ")} |`);
const questions = results.map(({ name, question }) => `- **${name}**: ${question}`);
writeFileSync(
  join(folder, "summary.md"),
  [
    `# Bench of ${date}`,
    "",
    ...table,
    "",
    ...questions,
    "",
    `${pairs} pairs each, A and B in turn; medians; the interval of the median difference is a bootstrap (2,000 resamples, seed ${SEED}).`,
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
    ...(values.note === undefined ? [] : [`- note: ${values.note}`]),
    `- command: npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).map(quoted).join(" ")}` : ""}`,
    "",
  ].join("\n"),
);
writeFileSync(
  join(folder, "raw.csv"),
  [
    "what,unit,pair,first,a,b",
    ...results.flatMap(({ name, unit, rows }) =>
      rows.map(({ pair, first, a, b }) => [name, unit, pair, first, a.toFixed(4), b.toFixed(4)].join(",")),
    ),
    "",
  ].join("\n"),
);
console.log(table.join("\n"));
console.error(`kept in ${relative(process.cwd(), folder)}`);
