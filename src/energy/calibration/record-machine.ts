import { aborted, FrugalError, messageOf } from "../../core/error.ts";
import type { Threads } from "../../core/ports.ts";
import type { Progress } from "../../core/progress.ts";
import type { MeterFeed } from "../external-meter/meter-feed.ts";
import type { MeterPoint } from "../external-meter/meter-series.ts";
import { machineBusySeconds, machineThreads } from "../machine-busy.ts";
import { openSensors } from "../open-sensors.ts";
import type { SensorOptions, SensorWorld } from "../sensor.ts";
import { partName, partsOf } from "./calibrated-node.ts";
import { loadGenerator } from "./load-generator.ts";
import { RECORDING_SCHEMA, type RecordedStep, type Recording } from "./recording.ts";
import { type Step, staircase } from "./staircase.ts";
import { identityOf } from "./usable-fit.ts";

export interface RecordWorld extends SensorWorld {
  readonly threads: Threads;
}

export interface RecordOptions {
  readonly minutes: number;
  /** Make the load; else the machine's own work is watched. */
  readonly makesLoad: boolean;
  /** Read beside the machine, when there is a meter that can be read now. */
  readonly feed?: MeterFeed;
  /** Time between two looks at the meter. */
  readonly feedEveryS?: number;
  readonly sensorOptions?: SensorOptions;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface Recorded {
  readonly recording: Recording;
  /** Seconds since the start of the recording. */
  readonly wall: readonly MeterPoint[];
  /** Source of the CPU counter, if there is one. */
  readonly cpuSource: string | undefined;
}

const SAMPLE_MS = 250;
/** A meter that writes rows by the minute brings the last ones late. */
const MOST_WAIT_S = 90;
const IDLE: Step = { load: "idle", level: 0, seconds: 0 };

/**
 * Samples the machine, and the meter if there is one, while its load goes through the staircase. Nothing is written. Throws
 * "aborted", or "sensor-unavailable" when nothing of the machine can be read.
 */
export async function recordMachine(world: RecordWorld, options: RecordOptions): Promise<Recorded> {
  const { clock } = world;
  const { feed, signal, progress } = options;
  const cpuThreads = machineThreads(world);
  const { tree, sensors } = await openSensors(world, options.sensorOptions);
  const parts = partsOf(sensors);
  const cpu = parts.filter(({ component }) => component === "cpu");
  const generator = options.makesLoad ? loadGenerator(world.threads, cpuThreads) : undefined;
  const startS = clock.now();
  const startedAt = clock.stamp();
  const at_s: number[] = [];
  const sensed_j: number[] = [];
  const cpu_j: number[] = [];
  const busy_s: number[] = [];
  const wall: MeterPoint[] = [];
  let trouble: unknown;

  const sumOf = (of: typeof parts, nowS: number): number =>
    of.reduce((sum, part) => sum + part.sample(nowS).joules, 0);
  const sample = (): void => {
    const nowS = clock.now();
    try {
      const busy = machineBusySeconds(world);
      at_s.push(nowS - startS);
      busy_s.push(busy);
      if (parts.length > 0) sensed_j.push(sumOf(parts, nowS));
      if (cpu.length > 0) cpu_j.push(sumOf(cpu, nowS));
    } catch (thrown) {
      trouble = thrown;
    }
  };
  let isAsking = false;
  const look = async (): Promise<void> => {
    if (feed === undefined || isAsking) return;
    isAsking = true;
    try {
      for (const { atS: at, value } of await feed.poll()) wall.push({ atS: at - startS, value });
    } catch (thrown) {
      trouble = thrown;
    } finally {
      isAsking = false;
    }
  };
  const stops = [
    clock.every(SAMPLE_MS, sample),
    clock.every(1_000 * (options.feedEveryS ?? 1), () => void look()),
  ];
  const pause = async (seconds: number): Promise<void> => {
    for (let left = seconds; left > 1e-9 && !signal.aborted; left -= 1) {
      await clock.sleep(1_000 * Math.min(1, left), signal).catch(() => {});
      generator?.check();
    }
    if (signal.aborted) throw aborted("calibrating", signal.reason);
  };
  const done = (): number => Math.round(clock.now() - startS);

  try {
    sample();
    await look();
    const plan = options.makesLoad
      ? staircase(options.minutes)
      : [{ ...IDLE, seconds: 60 * options.minutes }];
    const total = Math.round(plan.reduce((sum, { seconds }) => sum + seconds, 0));
    progress({
      kind: "phase",
      name: options.makesLoad ? "load from idle to full" : "watching",
      total,
      unit: "s",
    });
    const steps: RecordedStep[] = [];
    for (const step of plan) {
      generator?.set(step);
      const fromS = clock.now() - startS;
      for (let left = step.seconds; left > 1e-9; left -= 1) {
        await pause(Math.min(1, left));
        progress({ kind: "advance", done: Math.min(total, done()), total });
      }
      steps.push({ from_s: fromS, to_s: clock.now() - startS, load: step.load, level: step.level });
    }
    generator?.set(IDLE);
    const endS = clock.now() - startS;
    sample();
    if (feed !== undefined) await waitForMeter(endS);
    if (at_s.length < 2) {
      throw new FrugalError({
        code: "sensor-unavailable",
        what: "the machine's busy time",
        why: trouble === undefined ? "it could not be read" : messageOf(trouble),
        remedy: "check that /proc/stat can be read",
      });
    }
    return {
      recording: {
        schema: RECORDING_SCHEMA,
        started_at: startedAt,
        machine: identityOf(world.machine, cpuThreads),
        parts: parts.map(partName),
        steps: options.makesLoad ? steps : [],
        at_s,
        sensed_j,
        cpu_j,
        busy_s,
      },
      wall,
      cpuSource: cpu.length === 0 ? undefined : cpu.map(({ source }) => source).join(" + "),
    };
  } finally {
    for (const stop of stops) stop();
    generator?.close();
    for (const sensor of sensors) sensor.close?.();
    tree.close();
  }

  async function waitForMeter(endS: number): Promise<void> {
    progress({ kind: "phase", name: "waiting for the meter's last readings" });
    const untilS = clock.now() + MOST_WAIT_S;
    while ((wall.at(-1)?.atS ?? Number.NEGATIVE_INFINITY) < endS && clock.now() < untilS) await pause(1);
  }
}
