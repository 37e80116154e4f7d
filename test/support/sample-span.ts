import { byFactor, within } from "../../src/core/interval.ts";
import type { Reading, SpanEnergy } from "../../src/core/meter.ts";

/** Nothing that a label may hold breaks an exposition: quotes, backslashes, line ends. */
export const NASTY = 'C:\\models\\"tiny"\nsecond line';

const cpu: Reading = {
  kind: "available",
  component: "cpu",
  boundary: "machine",
  method: "counter",
  source: "powercap:package-0",
  joules: within(120, 0.05),
  coverage: 0.98,
  notes: [],
  split: {
    rule: "shares of CPU time",
    lines: [
      { owner: "idle", name: "idle", joules: within(60, 0.1) },
      { owner: "process-tree", name: NASTY, joules: within(40, 0.2) },
      { owner: "others", name: "everything else", joules: within(20, 0.5) },
    ],
  },
};
const ram: Reading = {
  kind: "available",
  component: "ram",
  boundary: "process-tree",
  method: "modelled",
  source: "resident memory × 0.392 W/GB",
  joules: byFactor(4, 2),
  coverage: 1,
  notes: [],
};
const gpu: Reading = {
  kind: "unavailable",
  component: "gpu",
  source: "nvml",
  reason: "no driver",
  remedy: "install one",
};
const node: Reading = {
  ...cpu,
  component: "node",
  source: "redfish",
  method: "integrated",
  joules: within(200, 0.03),
};

/** What a meter has counted in ten seconds; with a node reading where `withNode`. */
export const sampleSpan = (withNode = false): SpanEnergy => ({
  name: "total",
  startedAt: "2026-01-02T03:04:05.678Z",
  durationS: 10.5,
  cpuS: 7.25,
  readings: [cpu, ram, gpu, ...(withNode ? [node] : [])],
  shared: false,
});
