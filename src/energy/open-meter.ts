import { AsyncLocalStorage } from "node:async_hooks";
import { messageOf } from "../core/error.ts";
import { exactly } from "../core/interval.ts";
import type { Meter, Reading, SpanEnergy } from "../core/meter.ts";
import { noteList } from "./note-list.ts";
import { openSensors, type SensorOptions, type SensorWorld } from "./open-sensors.ts";
import type { Sample, Sensor } from "./sensor.ts";
import { type OpenSpan, type SpanName, spanTree } from "./span-tree.ts";

export interface MeterOptions extends SensorOptions {
  /** Time between samples; 100 ms unless told. */
  readonly periodMs?: number;
  /** Name of the whole in its result; `total` unless told. */
  readonly name?: string;
}

/** All spans of one path of names; `readings` contain those of the children. */
export interface SpanSummary extends SpanEnergy {
  readonly path: readonly string[];
  readonly count: number;
}

export interface MeterResult {
  readonly whole: SpanEnergy;
  /** Parents before children. Self energies of all spans and `unattributed` add up to the whole. */
  readonly spans: readonly SpanSummary[];
  readonly unattributed: readonly Reading[];
}

export interface OpenMeter extends Meter {
  readonly meter: Meter;
  /** Energy since opening, with a fresh sample. */
  total(): SpanEnergy;
  /** Joules as of the last sample, all components; costs nothing: for progress lines. */
  energySoFarJ(): number;
  /** Takes the last sample and stops sampling. May be called again; the result stays. */
  close(): Promise<MeterResult>;
}

const PERIOD_MS = 100;

/** A moment of all sensors; differences of two are energy. */
interface Moment {
  readonly nowS: number;
  readonly samples: readonly Sample[];
  readonly cpuS: number | undefined;
}

/**
 * Opens the sensors of this machine and samples them until closed; the caller closes it. Throws "bad-option" for an
 * unusable setting in the environment; a sensor that cannot be read never throws, its reading says why.
 */
export async function openMeter(world: SensorWorld, options: MeterOptions = {}): Promise<OpenMeter> {
  const { clock } = world;
  const { sensors, unavailable, tree } = openSensors(world, options);
  const troubles = noteList();
  const running = new AsyncLocalStorage<OpenSpan>();
  const startedAt = clock.stamp();
  const take = (): Moment => {
    const nowS = clock.now();
    return { nowS, samples: sensors.map((sensor) => sensor.sample(nowS)), cpuS: cpuSeconds(nowS) };
  };
  const cpuSeconds = (nowS: number): number | undefined => {
    try {
      return tree.use(nowS).cpuS;
    } catch {
      return undefined;
    }
  };
  const first = take();
  const spans = spanTree(sensors.length, first.nowS);
  let last = first;
  const sample = (): Moment => {
    try {
      const now = take();
      const spent = now.samples.map((each, index) => each.joules - last.samples[index]!.joules);
      spans.assign(Float64Array.from(spent), now.nowS);
      last = now;
    } catch (thrown) {
      troubles.add(`sampling failed: ${messageOf(thrown)}`);
    }
    return last;
  };
  const stop = clock.every(options.periodMs ?? PERIOD_MS, sample);

  const readings = (joules: (index: number) => number, from: Moment, to: Moment): Reading[] => [
    ...sensors.map((sensor, index) => {
      const window = to.nowS - from.nowS;
      const covered = to.samples[index]!.coveredS - from.samples[index]!.coveredS;
      return readingOf(sensor, joules(index), window > 0 ? Math.min(1, covered / window) : 1, troubles.all());
    }),
    ...unavailable,
  ];
  const difference = (from: Moment, to: Moment): { readonly cpuS?: number } =>
    from.cpuS === undefined || to.cpuS === undefined ? {} : { cpuS: to.cpuS - from.cpuS };

  async function span<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const opened = spans.open(name, running.getStore(), {
      nowS: clock.now(),
      stamp: clock.stamp,
      keepOwn: false,
    });
    try {
      return await running.run(opened, work);
    } finally {
      spans.close(opened, clock.now());
    }
  }

  const measure: Meter["measure"] = async (name, work) => {
    const from = sample();
    const stamp = clock.stamp();
    const opened = spans.open(name, running.getStore(), {
      nowS: from.nowS,
      stamp: () => stamp,
      keepOwn: true,
    });
    let shared = false;
    let to = from;
    const end = (): void => {
      to = sample();
      shared = spans.close(opened, to.nowS);
    };
    let value: Awaited<ReturnType<typeof work>>;
    try {
      value = await running.run(opened, work);
    } finally {
      end();
    }
    const energy = {
      name,
      startedAt: stamp,
      durationS: to.nowS - from.nowS,
      ...difference(from, to),
      readings: readings((index) => opened.own![index]!, from, to),
      shared,
    };
    return { value, energy };
  };

  const total = (): SpanEnergy => {
    const now = sample();
    return {
      name: options.name ?? "total",
      startedAt,
      durationS: now.nowS - first.nowS,
      ...difference(first, now),
      readings: readings((index) => now.samples[index]!.joules - first.samples[index]!.joules, first, now),
      shared: false,
    };
  };

  const summaries = (at: SpanName): SpanSummary[] => [
    ...(at === spans.root
      ? []
      : [
          {
            name: at.name,
            path: at.path,
            count: at.count,
            startedAt: at.startedAt,
            durationS: at.durationS,
            readings: readings((index) => withChildren(at, index), first, last),
            shared: at.shared,
          },
        ]),
    ...[...at.children.values()].flatMap(summaries),
  ];

  let closed: MeterResult | undefined;
  const meter: Meter = { span, measure };
  return {
    ...meter,
    meter,
    total,
    energySoFarJ: () =>
      last.samples.reduce((sum, each, index) => sum + each.joules - first.samples[index]!.joules, 0),
    async close() {
      stop();
      // Node 20 keeps every storage that ran, and each one slows down every promise of the process.
      running.disable();
      closed ??= {
        whole: total(),
        spans: summaries(spans.root),
        unattributed: readings((index) => spans.unattributed[index]!, first, last),
      };
      return closed;
    },
  };
}

const withChildren = (at: SpanName, index: number): number =>
  [...at.children.values()].reduce((sum, child) => sum + withChildren(child, index), at.self[index]!);

function readingOf(sensor: Sensor, joules: number, coverage: number, troubles: readonly string[]): Reading {
  const { component, boundary, method, source, remedy } = sensor;
  const notes = [...sensor.notes(), ...troubles];
  if (coverage <= 0) {
    const reason = notes.at(-1) ?? "no sample succeeded in this window";
    return { kind: "unavailable", component, source, reason, remedy };
  }
  const interval = joules === 0 ? exactly(0) : sensor.interval(joules);
  return { kind: "available", component, boundary, method, source, joules: interval, coverage, notes };
}
