/** Quality against energy as SVG: error bars on both axes, the floor as a line, the picked candidate marked, labels beside the points. */
import { plot, type RenderFunction } from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { ChoiceReport } from "../score/choice-report.ts";
import { energyName, energyScale } from "./choice-energy.ts";
import type { Point } from "./place-labels.ts";
import { energyAxis, qualityAxis } from "./plot-axis.ts";
import { LINE_PX, layoutTexts, type PlacedText } from "./plot-labels.ts";
import { axisMarks, floorMarks, type PlotFrame, pointMarks, toEdge } from "./plot-marks.ts";
import { type ChoicePoint, choicePoints, describePlot } from "./plot-points.ts";
import { printable } from "./printable.ts";
import { floorWords, metricName } from "./quality-words.ts";
import { type SvgDocument, type SvgNode, svgNode, svgText, tidySvg } from "./svg-node.ts";

export interface PlotOptions {
  /** In pixels. Text keeps its size, so a narrow page needs a drawing of its own. */
  readonly width: number;
  readonly height: number;
  /** Unique on the page: the ids of title and description start with it. */
  readonly id: string;
}

const MARGIN = { marginTop: 34, marginRight: 14, marginBottom: 46, marginLeft: 58 };
/** Ticks stand at least this far apart. */
const PX_PER_TICK = { x: 85, y: 60 };
/** Of 12 px text, for axis labels. */
const PX_PER_COLUMN = 6.5;
/** Beyond as many points only the picked one's label repeats its figures; the table has them all. */
export const MANY_POINTS = 5;

/** Undefined where no candidate has both quality and energy. Colours are the page's custom properties. */
export function choicePlot(report: ChoiceReport, { width, height, id }: PlotOptions): string | undefined {
  const energy = energyScale(report);
  const points = choicePoints(report, energy);
  if (points.length === 0) return undefined;
  const [energies, qualities] = [points.map((point) => point.energy), points.map((point) => point.quality)];
  const x = energyAxis(energies, Math.floor(width / PX_PER_TICK.x));
  const y = qualityAxis(qualities, report.floor.value, report.metric, Math.floor(height / PX_PER_TICK.y));
  const frame = { report, energy, x, y };
  const svg = plot({
    document: parseHTML("<!doctype html><html><body></body></html>").document,
    className: "plot",
    width,
    height,
    ...MARGIN,
    style: { fontSize: "12px", fontFamily: "inherit" },
    x: { type: x.type, domain: [...x.domain] },
    y: { type: y.type, domain: [...y.domain], reverse: report.metric.better === "lower" },
    marks: [
      ...axisMarks(frame, Math.floor(width / PX_PER_COLUMN)),
      ...floorMarks(frame),
      ...pointMarks(points, x),
      textMark(points, frame),
    ],
  });
  const title = `${report.title}: ${metricName(report.metric)} against ${energyName(report)}`;
  return tidySvg(svg, { id, title: printable(title), description: describePlot(report, points, energy) });
}

/** Labels need the place of everything else in pixels, so they are drawn last. */
function textMark(points: readonly ChoicePoint[], { report, ...frame }: PlotFrame): RenderFunction {
  return (_index, scales, _values, size, { document }) => {
    const x = (value: number): number => (scales["x"] as Scale)(toEdge(value, frame.x));
    const y = scales["y"] as Scale;
    const area = {
      x: size.marginLeft,
      y: size.marginTop,
      width: size.width - size.marginLeft - size.marginRight,
      height: size.height - size.marginTop - size.marginBottom,
    };
    const inPixels = points.map(({ energy, quality, name, figures, look }) => ({
      at: { x: x(energy.value), y: y(quality.value) },
      across: [x(energy.low), x(energy.high)] as const,
      along: [Math.min(y(quality.low), y(quality.high)), Math.max(y(quality.low), y(quality.high))] as const,
      name,
      figures: points.length > MANY_POINTS && look !== "picked" ? "" : figures,
    }));
    const floor = { y: y(report.floor.value), text: `floor: ${floorWords(report.floor, report.metric)}` };
    const texts = layoutTexts(inPixels, floor, area);
    const group = svgNode(document, "g", { class: "plot-texts", "text-anchor": "start" });
    group.append(textNode(document, texts.floor, "floor"));
    for (const [at, label] of texts.labels.entries()) {
      if (label?.leader !== undefined) group.append(leaderNode(document, label.leader));
      if (label !== undefined) group.append(textNode(document, label, points[at]!.look));
    }
    return group;
  };
}

type Scale = (value: number) => number;

function textNode(document: SvgDocument, { box, lines }: PlacedText, look: string): SvgNode {
  const group = svgNode(document, "g", { class: look });
  for (const [at, line] of lines.entries()) {
    group.append(svgText(document, line, { x: box.x, y: box.y + LINE_PX * (at + 0.8) }));
  }
  return group;
}

const leaderNode = (document: SvgDocument, [from, to]: readonly [Point, Point]): SvgNode =>
  svgNode(document, "line", { class: "leader", x1: from.x, y1: from.y, x2: to.x, y2: to.y });
