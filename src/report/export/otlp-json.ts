/**
 * OTLP metrics as JSON (opentelemetry-proto 1.x, docs/specification.md, "JSON Protobuf Encoding"): camelCase names, enums as
 * numbers, 64-bit integers as text.
 */
import { VERSION } from "../../core/version.ts";
import type { Labels, MetricFamily, MetricSet, Sample } from "./metric-family.ts";

/** AGGREGATION_TEMPORALITY_CUMULATIVE of metrics.proto. */
const CUMULATIVE = 2;

/** @param resource attributes of what was measured: `service.name`, `host.name` … */
export function toOtlp(set: MetricSet, resource: Labels = {}): object {
  const times = { startTimeUnixNano: nanoseconds(set.startMs), timeUnixNano: nanoseconds(set.endMs) };
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributesOf({ "service.name": "frugal", ...resource }) },
        scopeMetrics: [
          {
            scope: { name: "frugal", version: VERSION },
            metrics: set.families.flatMap((family) => metricsOf(family, times)),
          },
        ],
      },
    ],
  };
}

interface Times {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

/** One metric for each name: samples that the conventions name go under theirs. Without a sample there is none. */
function metricsOf(family: MetricFamily, times: Times): readonly object[] {
  const { otelName, help: description, unit, kind } = family;
  const finite = family.samples.filter(({ value }) => Number.isFinite(value));
  const names = new Set(finite.map((sample) => nameOf(sample, otelName)));
  return [...names].map((name) => {
    const samples = finite.filter((sample) => nameOf(sample, otelName) === name);
    const dataPoints = samples.map((sample) => ({
      attributes: attributesOf(sample.conventional?.attributes ?? prefixed(sample.labels)),
      ...times,
      asDouble: sample.value,
    }));
    const data =
      kind === "counter"
        ? { sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } }
        : { gauge: { dataPoints } };
    return { name, description, unit, ...data };
  });
}

const nameOf = ({ conventional }: Sample, otelName: string): string => conventional?.name ?? otelName;

/** Attribute names carry a namespace (semantic conventions, "Attribute naming"). */
const prefixed = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [`frugal.${name}`, value]));

const attributesOf = (labels: Labels): readonly object[] =>
  Object.entries(labels).map(([key, value]) => ({ key, value: { stringValue: value } }));

/** Doubles hold nanoseconds since 1970 only to 256: whole microseconds, then three digits more. */
const nanoseconds = (milliseconds: number): string => `${BigInt(Math.round(milliseconds * 1_000))}000`;
