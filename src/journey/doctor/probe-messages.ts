/** What the doctor and its probing child say to each other; all of it survives structured clone. */
import type { ErrorCode } from "../../core/error.ts";
import type { SensorCheck } from "../../energy/check-sensors.ts";
import type { EnginePackage } from "../../engines/require-engine.ts";

export type Probe = { readonly kind: "sensors" } | { readonly kind: "engine"; readonly name: EnginePackage };

export interface ProbeAnswers {
  readonly sensors: { readonly kind: "sensors"; readonly checks: readonly SensorCheck[] };
  readonly engine: { readonly kind: "engine"; readonly version: string };
}

export interface ProbeFailure {
  readonly kind: "failed";
  /** Absent when it was none of ours. */
  readonly code?: ErrorCode;
  readonly why: string;
  readonly remedy: string;
}

export type ProbeAnswer = ProbeAnswers[Probe["kind"]] | ProbeFailure;
