/** The child's side: tries one thing, tells how it went. */
import { FrugalError, messageOf } from "../../core/error.ts";
import type { SensorWorld } from "../../energy/sensor.ts";
import type { Probe, ProbeAnswer } from "./probe-messages.ts";

export interface ProbeChannel {
  send(message: ProbeAnswer): void;
  onMessage(listener: (message: Probe) => void): void;
}

export function serveProbe(world: SensorWorld, channel: ProbeChannel): void {
  channel.onMessage((probe) => {
    answer(world, probe).then(channel.send, (thrown) => channel.send(failureOf(thrown)));
  });
}

async function answer(world: SensorWorld, probe: Probe): Promise<ProbeAnswer> {
  if (probe.kind === "sensors") {
    const { checkSensors } = await import("../../energy/check-sensors.ts");
    return { kind: "sensors", checks: await checkSensors(world) };
  }
  const { checkEngine } = await import("../../engines/check-engine.ts");
  return { kind: "engine", version: await checkEngine(probe.name) };
}

const failureOf = (thrown: unknown): ProbeAnswer =>
  thrown instanceof FrugalError
    ? { kind: "failed", code: thrown.code, why: thrown.message, remedy: thrown.remedy }
    : { kind: "failed", why: messageOf(thrown), remedy: "please report it" };
