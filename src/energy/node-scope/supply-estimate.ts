import { type Interval, sumIndependent } from "../../core/interval.ts";
import { BYTES_PER_GB } from "../../core/quantity.ts";
import { WATTS_PER_GB } from "../memory-model.ts";
import { rateSensor } from "../rate-sensor.ts";
import type { Found, Sensor, SourceContext } from "../sensor.ts";

/**
 * Output ÷ input of a power supply. The 80 PLUS levels ask for 80 % (basic) to 94 % (Titanium, half load, 115 V;
 * clearesult.com/80plus); at a tenth of its load a supply is worse than its level. What a machine has is not told.
 */
const EFFICIENCY: Interval = { low: 0.8, value: 0.9, high: 0.94 };
/**
 * Board, fans, disks and network at the plug. One desktop's published runs give 57 W beside 1.12 times what was sensed (i9-13900K,
 * RTX 4090; our fit of the data of Fischer 2025, arXiv:2509.22092); laptops have a few watts, servers with many fans
 * above a hundred. Our choice of a middle, known to a factor.
 */
const BOARD_W = 40;
const BOARD_FACTOR = 3;

/** Parts ÷ efficiency + board. Needs the CPU of the whole machine; memory without a counter counts by its size. */
export function openSupplyEstimate({ world, opened, nowS }: SourceContext): Found {
  const parts = opened.filter(({ boundary, component }) => boundary === "machine" && component !== "node");
  if (!parts.some(({ component }) => component === "cpu")) {
    return missing(
      "only the CPU time of this process tree is known, not the power of all CPUs",
      "give frugal a meter (FRUGAL_METER), or calibrate this machine: frugal calibrate --meter csv:FILE or http:URL",
    );
  }
  const memoryW = parts.some(({ component }) => component === "ram")
    ? 0
    : (world.machine.memoryBytes / BYTES_PER_GB) * WATTS_PER_GB;
  const before = parts.map((part) => part.sample(nowS).joules);
  const partsJ = (at: number): number =>
    parts.reduce((sum, part, index) => sum + part.sample(at).joules - before[index]!, 0);
  const names = [
    ...parts.map(({ source }) => source),
    ...(memoryW > 0 ? [`memory, ${memoryW.toFixed(1)} W by its size`] : []),
  ];
  const fixedW = memoryW / EFFICIENCY.value + BOARD_W;
  const sensor = rateSensor(
    {
      component: "node",
      boundary: "machine",
      method: "modelled",
      source: `estimate, not calibrated: parts ÷ ${EFFICIENCY.value} (power supply) + ${BOARD_W} W (board, fans, disks)`,
      remedy: "a meter or a calibration replaces this estimate: docs/calibration.md",
      interval: (joules, windowS) => around(joules, windowS ?? 0, fixedW, parts),
      doubts: [`asked for by FRUGAL_SCOPE=node; parts: ${names.join("; ")}`],
      joulesAt: (at) => partsJ(at) / EFFICIENCY.value + fixedW * covered(at),
      coveredAt: covered,
      notesOf: () => [],
    },
    nowS,
  );
  return { sensors: [sensor], unavailable: [] };

  function covered(at: number): number {
    return Math.min(at - nowS, ...parts.map((part) => part.sample(at).coveredS));
  }
}

/** Errors of the supply, the board and the parts, where the least sure part stands for all; independent of each other. */
function around(joules: number, windowS: number, fixedW: number, parts: readonly Sensor[]): Interval {
  const boardJ = Math.min(joules, BOARD_W * windowS);
  const partsJ = Math.max(0, joules - fixedW * windowS);
  const relative = parts.map((part) => part.interval(PROBE_J));
  const { low, high } = sumIndependent([
    offBy(boardJ, 1 / BOARD_FACTOR, BOARD_FACTOR),
    offBy(partsJ, EFFICIENCY.value / EFFICIENCY.high, EFFICIENCY.value / EFFICIENCY.low),
    offBy(partsJ, ...extremes(relative)),
  ]);
  return { low: Math.max(0, joules + low), value: joules, high: joules + high };
}

/** Enough that no part's interval is about its own steps. */
const PROBE_J = 1e6;
const extremes = (intervals: readonly Interval[]): [number, number] => [
  Math.min(...intervals.map(({ low }) => low / PROBE_J)),
  Math.max(...intervals.map(({ high }) => high / PROBE_J)),
];
/** What `joules` may be off by when they are known to lie between two multiples of themselves. */
const offBy = (joules: number, least: number, most: number): Interval => ({
  low: joules * (least - 1),
  value: 0,
  high: joules * (most - 1),
});

const missing = (reason: string, remedy: string): Found => ({
  sensors: [],
  unavailable: [
    { kind: "unavailable", component: "node", source: "estimate from the parts", reason, remedy },
  ],
});
