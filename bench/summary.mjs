/** From pairs of measurements to the rows of a report. */
import { seededRandom } from "../dist/core/random.js";
import { bootstrapInterval, quantile } from "../dist/score/bootstrap-interval.js";
import { pairedRatio } from "../dist/score/paired-ratio.js";

export const SEED = 1;

export const median = (numbers) =>
  quantile(
    [...numbers].sort((x, y) => x - y),
    0.5,
  );
const number = (value) => String(Number(value.toPrecision(3)));
const withInterval = ({ value, low, high }, unit = "") =>
  `${number(value)}${unit} (${number(low)} … ${number(high)})`;

/** The median of the differences pair by pair: what slows both sides of a pair down falls out. */
export function medianDifference(rows) {
  const differences = rows.map((row) => row.a - row.b);
  const statistic = (indices) => median(Array.from(indices, (at) => differences[at]));
  return bootstrapInterval(differences.length, statistic, { random: seededRandom(SEED) });
}

/** How many times A is B; undefined where one of them is 0. */
export function ratioOf(rows) {
  const side = (name) => rows.map((row) => row[name]);
  return pairedRatio(side("b"), side("a"), seededRandom(SEED));
}

/** Whether a difference is at most `target`, as far as its interval tells. */
export const verdict = ({ low, high }, target) =>
  high <= target ? "met" : low > target ? "missed" : "undecided";

/** One series of pairs for each reading of a comparison that tells several; the same series otherwise. */
export function seriesOf({ name, unit, readings, rows, ...rest }) {
  if (readings === undefined) return [{ ...rest, name, unit, rows }];
  return readings.map((each) => ({
    ...rest,
    name: `${name}: ${each.name}`,
    unit: each.unit,
    rows: rows.map((row) => ({ ...row, a: each.of(row.a), b: each.of(row.b) })),
  }));
}

export const HEADER = ["what", "A", "B", "A − B, median (95 %)", "target"];
export function differenceCells({ name, unit, target, a, b, rows }) {
  const difference = medianDifference(rows);
  return [
    ...sides({ name, unit, a, b, rows }),
    withInterval(difference, ` ${unit}`),
    target === undefined ? "–" : `≤ ${target} ${unit}: ${verdict(difference, target)}`,
  ];
}

export const PEER_HEADER = ["what", "A", "B", "B ÷ A (95 %)"];
export function ratioCells({ name, unit, a, b, rows }) {
  const ratio = ratioOf(rows);
  return [...sides({ name, unit, a, b, rows }), ratio === undefined ? "–" : withInterval(ratio)];
}

const sides = ({ name, unit, a, b, rows }) => [
  name,
  `${a.label}: ${number(median(rows.map((row) => row.a)))} ${unit}`,
  `${b.label}: ${number(median(rows.map((row) => row.b)))} ${unit}`,
];

export const table = (header, rows) =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);

export const csv = (series) =>
  [
    "what,unit,pair,first,a,b",
    ...series.flatMap(({ name, unit, rows }) =>
      rows.map(({ pair, first, a, b }) =>
        [quoted(name), unit, pair, first, a.toFixed(4), b.toFixed(4)].join(","),
      ),
    ),
    "",
  ].join("\n");

/** RFC 4180, section 2: a cell that holds a comma or a quote stands in quotes. */
const quoted = (cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
