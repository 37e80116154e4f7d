/** `frugal graph` for people: 80 columns, the cost first and what can be trained last. */
import { formatBytes } from "../../core/format-quantity.ts";
import { bytes } from "../../core/quantity.ts";
import type { Shape } from "../../graph/graph.ts";
import type { GraphSummary, NamedType, OperatorCount } from "../../graph/summary/summarize.ts";
import { type LinearLayer, whyNot } from "../../graph/summary/trainable.ts";
import { clip, pad, wrap } from "../../report/display-width.ts";
import { counted, threeDigits, wholeNumber } from "../../report/number-words.ts";
import { printable } from "../../report/printable.ts";
import { columns } from "./columns.ts";
import { type ShownGraph, total } from "./graph-json.ts";

const WIDTH = 80;
const LABEL = 12;
const NAME = 44;
/** Longer lists hide the rest of the screen; --json has all. */
const SHOWN = 12;

export function graphText({ file, model, summary }: ShownGraph): string {
  const opsets = [...model.opsets].map(([domain, version]) => `${domain || "ONNX"} ${version}`);
  const lines = [
    ...entry("graph", `"${model.graph.name}" of ${file}, operators of ${opsets.join(", ")}`),
    ...valueLines("inputs", summary.inputs),
    ...valueLines("outputs", summary.outputs),
    ...weightLines(summary),
    ...entry("one run", runWords(summary)),
    ...entry("memory", memoryWords(summary)),
    ...trainingLines(summary, model.graph.name),
    "",
    operatorTable(summary.operators),
    ...problemLines(summary),
  ];
  return lines.join("\n");
}

/** A label, and a text that goes on below itself. */
function entry(label: string, text: string): readonly string[] {
  const [first = "", ...rest] = wrap(printable(text), WIDTH - LABEL);
  return [`${pad(label, LABEL)}${first}`, ...rest.map((line) => `${" ".repeat(LABEL)}${line}`)];
}

function shortened<T>(all: readonly T[], show: (one: T) => readonly string[]): readonly string[] {
  const hidden = all.length - SHOWN;
  return [
    ...all.slice(0, SHOWN).flatMap(show),
    ...(hidden > 0 ? entry("", `… and ${wholeNumber(hidden)} more: --json has all`) : []),
  ];
}

const valueLines = (label: string, values: readonly NamedType[]): readonly string[] =>
  shortened([...values.entries()], ([at, { name, type }]) =>
    entry(
      at === 0 ? label : "",
      `${name}: ${type === undefined ? "unknown" : `${type.dtype} ${shapeWords(type.shape)}`}`,
    ),
  );

const shapeWords = (shape: Shape): string => `[${shape.join(", ")}]`;

function weightLines({ weights }: GraphSummary): readonly string[] {
  const size = (count: number): string => formatBytes(bytes(count));
  return [
    ...entry(
      "weights",
      `${counted(total(weights.map(({ numbers }) => numbers)), "number")} in ${size(total(weights.map((one) => one.bytes)))}`,
    ),
    ...weights.flatMap((one) =>
      entry(
        "",
        `${one.kind}: ${wholeNumber(one.numbers)} in ${size(one.bytes)}, ${counted(one.tensors, "tensor")}`,
      ),
    ),
  ];
}

const FLOP_STEPS = [
  [1e12, "TFLOP"],
  [1e9, "GFLOP"],
  [1e6, "MFLOP"],
  [1e3, "kFLOP"],
] as const;

function flopWords(flops: number): string {
  const [step, unit] = FLOP_STEPS.find(([from]) => flops >= from) ?? [1, "FLOP"];
  return `${threeDigits(flops / step)} ${unit}`;
}

function runWords({ work: { flops, unknown } }: GraphSummary): string {
  if (unknown.length === 0) return `${flopWords(flops)}, a multiplication and an addition counted as two`;
  return `at least ${flopWords(flops)}: the work of ${counted(unknown.length, "node")} is not known before the run, first of ${unknown[0]}`;
}

function memoryWords({ weights, live }: GraphSummary): string {
  const held = total(weights.map((one) => one.bytes));
  const sum = `${formatBytes(bytes(held + live.bytes))}: ${formatBytes(bytes(held))} of weights and at most ${formatBytes(bytes(live.bytes))} of values at one time`;
  return live.unknown === 0
    ? sum
    : `at least ${sum}; the sizes of ${counted(live.unknown, "value")} are not known before the run`;
}

function trainingLines({ training }: GraphSummary, graph: string): readonly string[] {
  const { layers, notLowered } = training;
  const as = notLowered === undefined ? [] : entry("", `fused operators stay as they are: ${notLowered}`);
  if (layers.length === 0)
    return [...entry("training", "no linear layer: there is nothing that LoRA adapts"), ...as];
  const takes = layers.filter(({ takesLora }) => takesLora);
  const reached = layers.filter(({ gradient }) => gradient === "reached");
  const parameters = total(layers.map((layer) => layer.parameters));
  return [
    ...entry("training", `${counted(layers.length, "linear layer")} of ${wholeNumber(parameters)} weights`),
    ...entry("", `${takes.length} can be adapted with LoRA`),
    ...entry("", `a gradient of the outputs reaches ${reached.length}`),
    ...reasonsOf(layers, graph).flatMap((line) => entry("", line)),
    ...as,
  ];
}

/** A reason that several layers share is said once. */
function reasonsOf(layers: readonly LinearLayer[], graph: string): readonly string[] {
  const reasons = new Map<string, number>();
  for (const { gradient } of layers) {
    if (gradient === "reached") continue;
    const why = whyNot(gradient, graph);
    reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  return [...reasons].slice(0, SHOWN).map(([why, count]) => `not ${count}: ${why}`);
}

function operatorTable(operators: readonly OperatorCount[]): string {
  const count = total(operators.map((one) => one.count));
  const rows = operators.map((one) => [
    clip(printable(one.op), NAME),
    wholeNumber(one.count),
    one.covered ? "known" : "not known",
    one.covered ? trainingWord(one) : "",
  ]);
  return columns([["operators", wholeNumber(count), "op table", "training"], ...rows]);
}

const trainingWord = ({ gradient, lowered }: OperatorCount): string =>
  gradient === "no" ? (lowered ? "lowered" : "no gradient") : gradient === "yes" ? "gradient" : "flat";

function problemLines({ problems }: GraphSummary): readonly string[] {
  if (problems.length === 0) return [];
  return [
    "",
    ...entry("not known", counted(problems.length, "node")),
    ...shortened(problems, ({ node, why }) => entry("", `${node}: ${why}`)),
  ];
}
