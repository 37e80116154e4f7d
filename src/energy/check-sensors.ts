/** Every source of energy, really opened and sampled twice: what works here, how well, and what does not. */
import type { Boundary, Component, Method } from "../core/meter.ts";
import { openSensors } from "./open-sensors.ts";
import type { Sample, Sensor, SensorOptions, SensorSource, SensorWorld, Unavailable } from "./sensor.ts";

/** Relative to the energy that is told: 0.95 and 1.05 for ± 5 %. */
export interface RelativeError {
  readonly low: number;
  readonly high: number;
}

/** Plain data: it crosses from the process that tried to the one that tells. */
export interface SensorCheck {
  readonly component: Component;
  readonly source: string;
  /** `unusable`: it was tried, and gave no energy. */
  readonly state: "measured" | "modelled" | "unusable";
  readonly method?: Method;
  readonly boundary?: Boundary;
  /** Of usable ones: nominal 95 % of a long window. */
  readonly error?: RelativeError;
  /** Mean power between the two samples. */
  readonly watts?: number;
  /** Of unusable ones. */
  readonly reason?: string;
  readonly remedy?: string;
  readonly notes: readonly string[];
}

/** Longer than a second, which is how often the slowest counters that we know are renewed: our choice. */
const BETWEEN_MS = 1_200;
/** For those that give nothing after the first: a daemon may be slower than a counter. */
const MOST_PAUSES = 3;
/** Large enough that steps of counters do not matter. */
const LONG_WINDOW_J = 1_000_000;

/** Throws "bad-option" for an unusable setting, as measuring itself would. */
export async function checkSensors(
  world: SensorWorld,
  options: SensorOptions = {},
  ownSources: readonly SensorSource[] = [],
): Promise<readonly SensorCheck[]> {
  const { tree, sensors, unavailable } = await openSensors(world, options, ownSources);
  try {
    const first = sensors.map((sensor) => sensor.sample(world.clock.now()));
    let second = first;
    const isSilent = (_: unknown, index: number): boolean =>
      second[index]!.coveredS <= first[index]!.coveredS;
    for (let pause = 0; pause < MOST_PAUSES && sensors.some(isSilent); pause++) {
      await world.clock.sleep(BETWEEN_MS);
      second = sensors.map((sensor) => sensor.sample(world.clock.now()));
    }
    const checks = sensors.map((sensor, index) => checkOf(sensor, first[index]!, second[index]!));
    const used = checks.filter(({ component }, index) => {
      const isWorking = checks.some(
        (each, at) => each.component === component && !sensors[at]!.standsIn && each.state !== "unusable",
      );
      return !(sensors[index]!.standsIn && isWorking);
    });
    return [...used, ...unavailable.map(absent)];
  } finally {
    for (const sensor of sensors) sensor.close?.();
    tree.close();
  }
}

function checkOf(sensor: Sensor, first: Sample, second: Sample): SensorCheck {
  const { component, source, method, boundary, remedy } = sensor;
  const notes = sensor.notes();
  const seconds = second.coveredS - first.coveredS;
  const joules = second.joules - first.joules;
  const unusable = (reason: string): SensorCheck => ({
    component, source, state: "unusable", method, boundary, reason, remedy, notes,
  }); // biome-ignore format: one record
  if (!(seconds > 0)) return unusable(notes.at(-1) ?? "two samples gave no reading");
  // Some hypervisors show counters that never move (a whole CPU, or its memory, always draws power).
  if (method === "counter" && component !== "gpu" && joules === 0)
    return unusable("the counter stands still: two samples showed the same value");
  const { low, value, high } = sensor.interval(LONG_WINDOW_J);
  const state = method === "modelled" ? "modelled" : "measured";
  const error = { low: low / value, high: high / value };
  return { component, source, state, method, boundary, error, watts: joules / seconds, notes };
}

const absent = ({ component, source, reason, remedy }: Unavailable): SensorCheck => ({
  component,
  source,
  state: "unusable",
  reason,
  remedy,
  notes: [],
});
