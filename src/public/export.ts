/**
 * `frugal/export`: receipts and live readings in the words of other systems. Renderers are pure: they return a text or a plain
 * object. Only the two pushes open a connection.
 */
import { nodeWorld } from "../host/node-world.ts";
import type { MetricFamily, MetricSet } from "../report/export/metric-family.ts";
import { toOtlp } from "../report/export/otlp-json.ts";
import {
  type PushTarget,
  pushOtlp as pushOtlpIn,
  pushPrometheus as pushPrometheusIn,
} from "../report/export/push.ts";

export { receiptsIn } from "../receipt/receipts-in.ts";
export { type BoampsFacts, type BoampsReport, toBoamps } from "../report/export/boamps.ts";
export { toImpactManifest } from "../report/export/impact-manifest.ts";
export { liveJsonLines, READING_SCHEMA, toJsonLines } from "../report/export/json-lines.ts";
export { liveMetrics } from "../report/export/live-metrics.ts";
export type { Labels, Sample } from "../report/export/metric-family.ts";
export { prometheusHandler, type ScrapeHandler } from "../report/export/prometheus-handler.ts";
export { PROMETHEUS_TYPE, toPrometheus } from "../report/export/prometheus-text.ts";
export { receiptMetrics } from "../report/export/receipt-metrics.ts";
export type { MetricFamily, MetricSet, PushTarget };
export { toOtlp };

/** Replaces the group's metrics in a Pushgateway; the group is `job/frugal` unless the address names one. */
export const pushPrometheus = (target: PushTarget, families: readonly MetricFamily[]): Promise<void> =>
  pushPrometheusIn(nodeWorld(), target, families);

/** Sends metrics to an OpenTelemetry collector. @param resource attributes of what was measured. */
export const pushOtlp = (
  target: PushTarget,
  metrics: MetricSet,
  resource: Readonly<Record<string, string>> = {},
): Promise<void> => pushOtlpIn(nodeWorld(), target, toOtlp(metrics, resource));
