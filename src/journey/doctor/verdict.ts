/** What the findings mean for each part of the machine, and for the exit code. */
import type { Component } from "../../core/meter.ts";
import { APPLE_WIDTH } from "../../energy/apple/apple-sensors.ts";
import type { RelativeError, SensorCheck } from "../../energy/check-sensors.ts";
import type { Platform } from "../../energy/platform.ts";
import { POWERCAP_WIDTH } from "../../energy/powercap-sensor.ts";
import type { Findings } from "./examine.ts";

export interface Verdict {
  readonly component: Component;
  readonly state: "measured" | "modelled" | "unmeasured";
  /** `± 5 %`, `factor 3`; undefined where nothing stands in. */
  readonly error?: string;
}

const ORDER: readonly Component[] = ["cpu", "gpu", "npu", "ram", "node"];

/** The best of each component that the machine has; parts that nobody found are left out. */
export function verdictsOf(checks: readonly SensorCheck[]): readonly Verdict[] {
  return ORDER.flatMap((component): readonly Verdict[] => {
    const own = checks.filter((check) => check.component === component);
    const best =
      own.find(({ state }) => state === "measured") ?? own.find(({ state }) => state === "modelled");
    if (best?.error !== undefined && best.state !== "unusable")
      return [{ component, state: best.state, error: errorWords(best.error) }];
    return own.length > 0 ? [{ component, state: "unmeasured" }] : [];
  });
}

/** 0: something measured can be used; 1: models only; 2: the sensors could not be tried. */
export function exitCodeOf({ sensors }: Pick<Findings, "sensors">): number {
  if ("kind" in sensors) return 2;
  return sensors.some(({ state }) => state === "measured") ? 0 : 1;
}

/** What the user pays while `check` is unusable; undefined where another source measures the same. */
export function costOf(
  check: SensorCheck,
  checks: readonly SensorCheck[],
  { os }: Pick<Platform, "os">,
): string | undefined {
  const verdict = verdictsOf(checks).find(({ component }) => component === check.component);
  const name = check.component.toUpperCase();
  if (check.state !== "unusable" || verdict === undefined) return undefined;
  if (verdict.state === "unmeasured") return `${name} not counted: its energy is missing from every figure`;
  if (verdict.state === "modelled") {
    const better = check.component === "node" ? "what the meter is known to" : counterError(os);
    return `${name} modelled: ${verdict.error} instead of ${better}`;
  }
  // With several boards, one that can be read says nothing about another.
  return check.component === "gpu" ? "this GPU's energy is missing from every figure" : undefined;
}

/** What a counter that can be read would give on this system. */
function counterError(os: string): string {
  const width = os === "darwin" ? APPLE_WIDTH : POWERCAP_WIDTH;
  return errorWords({ low: 1 - width, high: 1 + width });
}

/** Symmetric errors as a percentage, the others as the factor that they were made from. */
export function errorWords({ low, high }: RelativeError): string {
  const percent = Math.round((high - 1) * 100);
  if (Math.abs(high - 1 - (1 - low)) < 0.02) return `± ${percent} %`;
  return `factor ${Number(high.toPrecision(2))}`;
}

/** Why the CPU's counter cannot be had by a setting on this machine; undefined where it can. */
export function noCounterHere({ os, powercap, wsl, virtual, container }: Platform): string | undefined {
  if (wsl) return "WSL has no counter";
  if (powercap !== "none") return undefined;
  if (os !== "linux") return `no CPU counter answered on ${os}`;
  if (virtual !== undefined) return "this virtual machine has no counter";
  return container === undefined ? undefined : "the kernel below this container has none";
}
