/** The doctor's probing child, in this process: the same work over a fake world, messages cloned as between processes. */
import type { Exit, RunningChild } from "../../src/core/ports.ts";
import type { SensorWorld } from "../../src/energy/sensor.ts";
import type { Probe } from "../../src/journey/doctor/probe-messages.ts";
import { serveProbe } from "../../src/journey/doctor/serve-probe.ts";

export function probeHere(world: SensorWorld): RunningChild {
  let hear: (message: Probe) => void = () => {};
  let tell: (message: unknown) => void = () => {};
  let end: (exit: Exit) => void = () => {};
  const exit = new Promise<Exit>((resolve) => {
    end = resolve;
  });
  serveProbe(world, {
    send: (message) => tell(structuredClone(message)),
    onMessage: (listener) => {
      hear = listener;
    },
  });
  return {
    pid: 5_001,
    exit,
    send: (message) => hear(structuredClone(message) as Probe),
    onMessage: (listener) => {
      tell = listener;
    },
    errorTail: () => "",
    kill: (signal) => end({ code: null, signal }),
  };
}

/** The same, for sensors alone: engines in this process would load native code. */
export function probeWithoutEngines(world: SensorWorld): RunningChild {
  const child = probeHere(world);
  let tell: (message: unknown) => void = () => {};
  return {
    ...child,
    onMessage: (listener) => {
      tell = listener;
      child.onMessage(listener);
    },
    send: (message) => {
      if ((message as Probe).kind === "sensors") child.send(message);
      else
        tell({
          kind: "failed",
          code: "engine-missing",
          why: "it is not installed",
          remedy: "run: npm install it",
        });
    },
  };
}
