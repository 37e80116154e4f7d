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
