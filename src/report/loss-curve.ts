/** The losses of a training run as one SVG that stands alone: every step, and the evaluations. */
import { dot, lineY, type Markish, plot } from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { type SvgNode, tidySvg } from "./svg-node.ts";

export interface LossCurve {
  /** Mean loss of each step, from step 1. */
  readonly losses: readonly number[];
  readonly evaluations: readonly { readonly step: number; readonly loss: number }[];
}

const [WIDTH, HEIGHT] = [640, 360];

export function lossCurve({ losses, evaluations }: LossCurve): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const steps = losses.map((loss, at) => ({ step: at + 1, loss }));
  const marks: Markish[] = [
    lineY(steps, { x: "step", y: "loss", stroke: "#7a8b99", strokeWidth: 1 }),
    lineY([...evaluations], { x: "step", y: "loss", stroke: "#0b6e4f", strokeWidth: 2 }),
    dot([...evaluations], { x: "step", y: "loss", fill: "#0b6e4f", r: 4 }),
  ];
  const drawn = plot({
    document,
    width: WIDTH,
    height: HEIGHT,
    x: { label: "optimizer step" },
    y: { label: "loss (thin: training; thick: held-out examples)", grid: true, zero: true },
    style: { background: "white", fontFamily: "system-ui, sans-serif" },
    marks,
  }) as unknown as SvgNode;
  drawn.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  const last = losses.at(-1);
  return tidySvg(drawn, {
    id: "loss",
    title: "Loss of the training run",
    description: `From ${losses[0]?.toPrecision(3)} in the first of ${losses.length} steps to ${last?.toPrecision(3)} in the last.`,
  });
}
