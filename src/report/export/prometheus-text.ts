/** The text exposition format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
import type { Labels, MetricFamily } from "./metric-family.ts";

export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Families without a sample are left out: what nobody could read is absent, not 0. */
export const toPrometheus = (families: readonly MetricFamily[]): string =>
  families
    .map(({ samples, ...family }) => ({
      ...family,
      samples: samples.filter(({ value }) => Number.isFinite(value)),
    }))
    .filter(({ samples }) => samples.length > 0)
    .map(familyText)
    .join("");

const familyText = ({ name, kind, help, samples }: MetricFamily): string =>
  [
    `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
    `# TYPE ${name} ${kind}`,
    // JavaScript's own text of a finite number is one that Go's ParseFloat reads.
    ...samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}`),
    "",
  ].join("\n");

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const escaped = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
