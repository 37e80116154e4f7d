/** All that is sampled at one moment, as one row of cumulative numbers: rows can be subtracted, shifted and sent to another thread. */

export interface Moment {
  readonly nowS: number;
  /** [row length of the layout]; every number only grows; NaN where it could not be read at this moment. */
  readonly values: Float64Array;
}

/** The numbers of sensors, with which every row begins: `Sample`, one column per sensor and number. */
export interface SensorColumns {
  /** How many columns these are. */
  readonly ofSensors: number;
  joules(sensor: number): number;
  covered(sensor: number): number;
  doubt(sensor: number): number;
  variance(sensor: number): number;
}

export const sensorColumns = (sensors: number): SensorColumns => ({
  ofSensors: 4 * sensors,
  joules: (sensor) => sensor,
  covered: (sensor) => sensors + sensor,
  doubt: (sensor) => 2 * sensors + sensor,
  variance: (sensor) => 3 * sensors + sensor,
});

/** Where in a row each number stands. */
export interface RowLayout extends SensorColumns {
  readonly workloads: number;
  readonly length: number;
  cpu(workload: number): number;
  /** CPU seconds of this process and its descendants. */
  readonly ownCpu: number;
  /** Busy CPU seconds of the machine. */
  readonly busy: number;
  /** Busy seconds of a component that tells its users, and those of one workload. */
  use(sensor: number): number;
  useOf(sensor: number, workload: number): number;
}

export function rowLayout(sensors: number, workloads: number): RowLayout {
  const columns = sensorColumns(sensors);
  const ownCpu = columns.ofSensors + workloads;
  const busy = ownCpu + 1;
  return {
    ...columns,
    workloads,
    length: busy + 1 + sensors * (1 + workloads),
    cpu: (workload) => columns.ofSensors + workload,
    ownCpu,
    busy,
    use: (sensor) => busy + 1 + sensor * (1 + workloads),
    useOf: (sensor, workload) => busy + 1 + sensor * (1 + workloads) + 1 + workload,
  };
}

/** The row at `nowS` on the straight line between two moments. */
export function rowBetween(before: Moment, after: Moment, nowS: number): Float64Array {
  const gap = after.nowS - before.nowS;
  const part = gap > 0 ? Math.min(1, Math.max(0, (nowS - before.nowS) / gap)) : 1;
  return before.values.map((value, index) => value + part * (after.values[index]! - value));
}

/** `values + offset`, held between `lowest` and `highest`: a series joined to another one must not go back. */
export function shiftedRow(
  values: Float64Array,
  offset: Float64Array,
  lowest: Float64Array,
  highest?: Float64Array,
): Float64Array {
  return values.map((value, index) => {
    const shifted = value + offset[index]!;
    // Comparisons, not Math.max: an unknown bound bounds nothing.
    if (shifted < lowest[index]!) return lowest[index]!;
    return highest !== undefined && shifted > highest[index]! ? highest[index]! : shifted;
  });
}
