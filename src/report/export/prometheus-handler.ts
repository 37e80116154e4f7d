import { messageOf } from "../../core/error.ts";
import type { SpanEnergy } from "../../core/meter.ts";
import { liveMetrics } from "./live-metrics.ts";
import type { MetricFamily } from "./metric-family.ts";
import { PROMETHEUS_TYPE, toPrometheus } from "./prometheus-text.ts";

export type ScrapeHandler = (request: Request) => Promise<Response>;

/**
 * A scrape endpoint for any server that speaks `Request` and `Response`; it looks at the method only, so that the server
 * chooses the path. A meter that throws makes the scrape fail with 503: `up` is then 0, as Prometheus wants it.
 *
 * @param total what the meter has counted since it was opened: `() => meter.total()`.
 */
export function prometheusHandler(total: () => SpanEnergy | Promise<SpanEnergy>): ScrapeHandler {
  const keepUp = neverDown();
  return async ({ method }) => {
    if (method !== "GET" && method !== "HEAD") {
      return new Response("only GET and HEAD\n", { status: 405, headers: { allow: "GET, HEAD" } });
    }
    try {
      const text = toPrometheus(keepUp(liveMetrics(await total()).families));
      return new Response(method === "HEAD" ? null : text, { headers: { "content-type": PROMETHEUS_TYPE } });
    } catch (thrown) {
      return new Response(`the meter cannot be read: ${messageOf(thrown)}\n`, { status: 503 });
    }
  };
}

/**
 * Counters as they were at their highest. The total may change its instrument, and a lower value would look like a restart,
 * whose whole value Prometheus adds.
 */
function neverDown(): (families: readonly MetricFamily[]) => readonly MetricFamily[] {
  const highest = new Map<string, number>();
  return (families) =>
    families.map((family) => {
      if (family.kind !== "counter") return family;
      const samples = family.samples.map((sample) => {
        const key = JSON.stringify([family.name, sample.labels]);
        const value = Math.max(sample.value, highest.get(key) ?? 0);
        highest.set(key, value);
        return { ...sample, value };
      });
      return { ...family, samples };
    });
}
