/** What a choice plot is made of, as marks of Observable Plot. Colours are the page's custom properties. */
import { axisX, axisY, dot, gridY, link, type Markish, rect, ruleY } from "@observablehq/plot";
import type { ChoiceReport } from "../score/choice-report.ts";
import { type EnergyScale, energyName } from "./choice-energy.ts";
import { clip } from "./display-width.ts";
import type { Axis } from "./plot-axis.ts";
import type { ChoicePoint } from "./plot-points.ts";
import { printable } from "./printable.ts";
import { metricName, roundFigure } from "./quality-words.ts";

export interface PlotFrame {
  readonly report: ChoiceReport;
  readonly energy: EnergyScale;
  readonly x: Axis;
  readonly y: Axis;
}

/** @param columns room for an axis label. */
export function axisMarks({ report, energy, x, y }: PlotFrame, columns: number): Markish[] {
  const logarithmic = x.type === "log" ? ", log scale" : "";
  const shared = { labelArrow: "none", stroke: "none", fill: "var(--muted)" } as const;
  // Texts of our own, because the log scale's format leaves out those of some ticks.
  return [
    gridY([...y.ticks], { stroke: "var(--line)", strokeOpacity: 1 }),
    axisX([...x.ticks], {
      ...shared,
      text: energy.text,
      label: clip(printable(`${energyName(report)} per ${energy.unit}${logarithmic}`), columns),
      labelAnchor: "right",
      labelOffset: 42,
      tickSize: 0,
    }),
    axisY([...y.ticks], {
      ...shared,
      text: (value: number) => roundFigure(value, report.metric),
      label: clip(printable(`${metricName(report.metric)}, better on top`), columns),
      tickSize: 0,
    }),
  ];
}

/** The line, and a shade over the side where a candidate does not do the job. */
export function floorMarks({ report: { floor, metric }, x, y }: PlotFrame): Markish[] {
  const worst = metric.better === "higher" ? y.domain[0] : y.domain[1];
  const shade = { x1: [x.domain[0]], x2: [x.domain[1]], y1: [worst], y2: [floor.value] };
  return [
    rect([0], { ...shade, fill: "var(--miss)", fillOpacity: 0.08 }),
    ruleY([floor.value], { stroke: "var(--miss)", strokeWidth: 1.5, strokeDasharray: "6 4" }),
  ];
}

const COLOURS: Readonly<Record<ChoicePoint["look"], string>> = {
  picked: "var(--picked)",
  other: "var(--other)",
  misses: "var(--miss)",
};

/** Shapes differ, not only colours: ringed disc for the picked one, cross for those below the floor, open circle for the rest. */
export function pointMarks(points: readonly ChoicePoint[], x: Axis): Markish[] {
  const energy = (point: ChoicePoint): number => point.energy.value;
  const quality = (point: ChoicePoint): number => point.quality.value;
  const bar = { stroke: (point: ChoicePoint) => COLOURS[point.look], strokeWidth: 1.5, strokeOpacity: 0.75 };
  const only = (look: ChoicePoint["look"]): readonly ChoicePoint[] =>
    points.filter((point) => point.look === look);
  return [
    link(points, {
      ...bar,
      y: quality,
      x1: (point) => toEdge(point.energy.low, x),
      x2: (point) => toEdge(point.energy.high, x),
    }),
    link(points, { ...bar, x: energy, y1: (point) => point.quality.low, y2: (point) => point.quality.high }),
    dot(only("misses"), {
      x: energy,
      y: quality,
      r: 5,
      symbol: "times",
      stroke: COLOURS.misses,
      strokeWidth: 2.5,
    }),
    dot(only("other"), {
      x: energy,
      y: quality,
      r: 5.5,
      fill: "var(--card)",
      stroke: COLOURS.other,
      strokeWidth: 2,
    }),
    dot(only("picked"), { x: energy, y: quality, r: 10.5, stroke: COLOURS.picked, strokeWidth: 1.5 }),
    dot(only("picked"), { x: energy, y: quality, r: 6.5, fill: COLOURS.picked }),
  ];
}

/** A log axis has no place for an interval that reaches 0: its bar ends at the edge. */
export const toEdge = (value: number, { domain: [low, high] }: Axis): number =>
  Math.min(Math.max(value, low), high);
