import { messageOf } from "../core/error.ts";
import { machineBusySeconds } from "./machine-busy.ts";
import { type Moment, type RowLayout, rowLayout } from "./moment.ts";
import { noteList } from "./note-list.ts";
import { openSensors } from "./open-sensors.ts";
import type { Sensor, SensorOptions, SensorSource, SensorWorld, Unavailable } from "./sensor.ts";
import { OWN_TREE, openWorkloads, type Workload } from "./workloads.ts";

/** The sensors of this machine with what their energy is split by, read together. */
export interface Instruments {
  readonly sensors: readonly Sensor[];
  readonly unavailable: readonly Unavailable[];
  readonly workloads: readonly Workload[];
  readonly layout: RowLayout;
  /** Whether a sensor polls or listens between reads. */
  readonly needEventLoop: boolean;
  /** Reads everything now; never throws. */
  read(): Moment;
  /** Losses and doubts so far: by sensor, then those of the splitting. */
  notes(): { readonly sensors: readonly (readonly string[])[]; readonly split: readonly string[] };
  close(): void;
}

/** Throws "bad-option" for an unusable setting; what cannot be read is `unavailable` or a note. */
export async function openInstruments(
  world: SensorWorld,
  options: SensorOptions,
  ownSources: readonly SensorSource[] = [],
): Promise<Instruments> {
  const { tree, sensors, unavailable } = await openSensors(world, options, ownSources);
  const splitNotes = noteList();
  const workloads = await openWorkloads(world, options.workloads ?? [OWN_TREE], {
    tree,
    notes: splitNotes,
  });
  const layout = rowLayout(sensors.length, workloads.length);
  // The machine's own time costs a read of a long file: only where there is something to split by it.
  const splits =
    workloads.length > 0 &&
    sensors.some((sensor) => sensor.boundary === "machine" && sensor.use === undefined);
  // Who watches the machine has no work of its own whose CPU time would mean anything.
  const watchesOwn = options.modelled !== "machine";
  const attempt = (read: () => number, what: string): number => {
    try {
      return read();
    } catch (thrown) {
      splitNotes.add(`${what} could not be read: ${messageOf(thrown)}`);
      return Number.NaN;
    }
  };

  return {
    sensors,
    unavailable,
    workloads,
    layout,
    needEventLoop: sensors.some((sensor) => sensor.close !== undefined),
    read() {
      const nowS = world.clock.now();
      const values = new Float64Array(layout.length);
      sensors.forEach((sensor, index) => {
        const { joules, coveredS, doubtJ, varianceJ2 } = sensor.sample(nowS);
        values[layout.joules(index)] = joules;
        values[layout.covered(index)] = coveredS;
        values[layout.doubt(index)] = doubtJ ?? 0;
        values[layout.variance(index)] = varianceJ2 ?? 0;
        readUse(sensor, index, nowS, values);
      });
      workloads.forEach((workload, index) => {
        values[layout.cpu(index)] = attempt(() => workload.cpuSeconds(nowS), `CPU time of ${workload.name}`);
      });
      values[layout.ownCpu] = watchesOwn
        ? attempt(() => tree.use(nowS).cpuS, "CPU time of this process tree")
        : Number.NaN;
      if (splits) values[layout.busy] = attempt(() => machineBusySeconds(world), "busy time of the machine");
      return { nowS, values };
    },
    notes: () => ({ sensors: sensors.map((sensor) => sensor.notes()), split: splitNotes.all() }),
    close() {
      for (const sensor of sensors) sensor.close?.();
      for (const workload of workloads) workload.close();
      tree.close();
    },
  };

  function readUse(sensor: Sensor, index: number, nowS: number, values: Float64Array): void {
    const use = sensor.use?.(nowS);
    values[layout.use(index)] = use?.busyS ?? Number.NaN;
    workloads.forEach((workload, at) => {
      let seconds = use === undefined ? Number.NaN : 0;
      if (use !== undefined) for (const pid of workload.pids()) seconds += use.byProcess.get(pid) ?? 0;
      values[layout.useOf(index, at)] = seconds;
    });
  }
}

/** Instruments with the same names fill their rows in the same way. */
export const namesOf = ({
  sensors,
  workloads,
}: Pick<Instruments, "sensors" | "workloads">): readonly string[] => [
  ...sensors.map((each) => [each.component, each.boundary, each.method, each.source].join(" ")),
  ...workloads.map((each) => [each.owner, each.name].join(" ")),
];
