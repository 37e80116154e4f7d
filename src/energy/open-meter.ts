import { AsyncLocalStorage } from "node:async_hooks";
import type { Meter, Reading, SpanEnergy } from "../core/meter.ts";
import type { Groups } from "../core/ports.ts";
import type { Moment } from "./moment.ts";
import { type ReadingFacts, readingsOf, type Window } from "./readings.ts";
import { openSampler, type SamplerOptions, type SamplerWorld } from "./sampler.ts";
import { type SpanRecord, spanEvents } from "./span-events.ts";
import { type SpanName, spanTree } from "./span-tree.ts";
import { spendingOf } from "./spending.ts";

export interface MeterWorld extends SamplerWorld {
  readonly groups: Groups;
}

export interface MeterOptions extends SamplerOptions, Pick<ReadingFacts, "idle"> {
  /** Time between samples; 100 ms unless told. Long-lived monitors are well served by 1,000. */
  readonly periodMs?: number;
  /** Name of the whole in its result; `total` unless told. */
  readonly name?: string;
  /**
   * `auto`: a thread of its own samples from the first span on, so that a busy event loop loses nothing; `here`: never.
   * What was spent is the same; only which span gets it is less sure.
   */
  readonly sampling?: "auto" | "here";
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
  /** Joules as of the last sample, by the rule of `energyTotal`; costs nothing: for progress lines. */
  energySoFarJ(): number;
  /** The same with a fresh sample: for budgets. */
  energyNowJ(): number;
  /** Takes the last sample and stops sampling. May be called again; the result stays. */
  close(): Promise<MeterResult>;
}

const PERIOD_MS = 100;
/** Starts and ends of spans that may wait for a sample: some 10 MB. */
const MOST_WAITING = 65_536;
/** Samples of the thread wait this long for the spans they belong to, so that little waits and little runs. */
const COLLECT_MS = 1_000;
/** Meters of this process, in whatever thread, count the same energy. */
const GROUP = "meters";
/** Set by whoever starts a process under a meter, to that meter's process id. */
export const METERED_BY = "FRUGAL_METERED_BY";
const NOT_ALONE = "another meter counts the same energy: do not add the two";

/**
 * Opens the sensors of this machine and samples them until closed; the caller closes it. Throws "bad-option" for an
 * unusable setting in the environment; a sensor that cannot be read never throws, its reading says why.
 */
export async function openMeter(world: MeterWorld, options: MeterOptions = {}): Promise<OpenMeter> {
  const { periodMs = PERIOD_MS, name = "total", sampling = "auto", idle, ...samplerOptions } = options;
  const { clock } = world;
  const membership = world.groups.join(GROUP);
  const startedUnderMeter = world.env[METERED_BY] !== undefined;
  const startedAt = clock.stamp();
  const sampler = await openSampler(world, samplerOptions);
  const { first, layout: rows } = sampler;
  const spending = spendingOf(first, rows, {
    sensors: sampler.sensors,
    cpuThreads: world.machine.cpuThreads,
  });
  const { layout } = spending;
  const size = { columns: layout.length, sensors: sampler.sensors.length };
  const spans = spanTree(size, first.nowS);
  const events = spanEvents(spans, { stamp: startedAt, atS: first.nowS });
  const whole = new Float64Array(layout.length);
  const running = new AsyncLocalStorage<SpanRecord>();
  let last = first;

  /** Replays spans against samples in the order of time. */
  const replay = (moments: readonly Moment[]): Moment => {
    for (const moment of moments) {
      events.until(moment.nowS);
      const { spent, spread } = spending.next(moment);
      spans.assign(spent, moment.nowS, spread);
      for (let column = 0; column < whole.length; column++) whole[column]! += spent[column]!;
      last = moment;
    }
    return last;
  };
  let timer: { readonly everyMs: number; readonly stop: () => void } | undefined;
  const collectEach = (everyMs: number): void => {
    if (timer?.everyMs === everyMs) return;
    timer?.stop();
    timer = { everyMs, stop: clock.every(everyMs, collect) };
  };
  const collect = (): void => {
    replay(sampler.take());
    collectEach(sampler.inThread() ? Math.max(periodMs, COLLECT_MS) : periodMs);
  };
  collectEach(periodMs);
  let threadWanted = sampling === "auto";
  const useThread = (): void => {
    if (threadWanted) sampler.useThread(periodMs);
    threadWanted = false;
  };
  // A power that is polled needs its polls also while the program is busy; counters can wait for the first span.
  if (sampler.sensors.some((sensor) => sensor.method === "integrated")) useThread();

  let closed: MeterResult | undefined;
  const open = (name: string, startS: number, keepOwn: boolean): SpanRecord => {
    if (events.waiting() > MOST_WAITING) {
      replay(sampler.takeNow());
      events.until(startS);
    }
    return events.open(name, running.getStore(), startS, keepOwn);
  };

  async function span<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    if (closed !== undefined) return await work();
    useThread();
    const record = open(name, clock.now(), false);
    try {
      return await running.run(record, work);
    } finally {
      events.close(record, clock.now());
    }
  }

  /** The edge of a window: a fresh moment, or the last one and the clock when no sample came. */
  const edge = (): Edge => {
    const before = clock.now();
    const moment = replay(sampler.takeNow());
    return { moment, nowS: moment.nowS >= before ? moment.nowS : clock.now() };
  };
  const cpuBetween = (from: Moment, to: Moment): { readonly cpuS?: number } => {
    const cpuS = to.values[rows.ownCpu]! - from.values[rows.ownCpu]!;
    return Number.isNaN(cpuS) ? {} : { cpuS };
  };
  const readings = (window: Window): readonly Reading[] =>
    readingsOf({ sampler, spending, ...(idle && { idle }) }, window);

  const measure: Meter["measure"] = async (name, work) => {
    if (closed !== undefined) return { value: await work(), energy: notMeasured(name, clock.stamp()) };
    const stamp = clock.stamp();
    const from = edge();
    const record = open(name, from.nowS, true);
    let to = from;
    const end = (): void => {
      to = edge();
      events.close(record, to.nowS);
      events.until(to.nowS);
    };
    let value: Awaited<ReturnType<typeof work>>;
    try {
      value = await running.run(record, work);
    } finally {
      end();
    }
    const { row, variance } = record.node!.own!;
    // Time at the end that no sample covers yet.
    row[layout.seconds]! += Math.max(0, to.nowS - to.moment.nowS);
    const energy: SpanEnergy = {
      name,
      startedAt: stamp,
      durationS: to.nowS - from.nowS,
      ...cpuBetween(from.moment, to.moment),
      readings: readings({ row, variance }),
      shared: record.shared,
    };
    return { value, energy };
  };

  const total = (): SpanEnergy => {
    const to = edge();
    const row = Float64Array.from(whole);
    row[layout.seconds]! += Math.max(0, to.nowS - to.moment.nowS);
    const notAlone = membership.metOthers() || startedUnderMeter;
    const found = readings({ row });
    return {
      name,
      startedAt,
      durationS: to.nowS - first.nowS,
      ...cpuBetween(first, to.moment),
      readings: notAlone ? found.map(withNote(NOT_ALONE)) : found,
      shared: notAlone,
    };
  };

  const summaries = (at: SpanName): SpanSummary[] => {
    const { name: own, path, count, startedAt: from, durationS, shared, all } = at;
    const window = { row: withChildren(at), variance: all.variance };
    const below = [...at.children.values()].flatMap(summaries);
    if (at === spans.root) return below;
    return [
      { name: own, path, count, startedAt: from, durationS, readings: readings(window), shared },
      ...below,
    ];
  };

  const nodes = sampler.sensors.flatMap((sensor, index) => (sensor.component === "node" ? [index] : []));
  const counted = nodes.length > 0 ? nodes.slice(0, 1) : sampler.sensors.map((_, index) => index);
  const energySoFarJ = (): number => counted.reduce((sum, index) => sum + whole[layout.joules(index)]!, 0);

  const meter: Meter = { span, measure };
  return {
    ...meter,
    meter,
    total,
    energySoFarJ,
    energyNowJ() {
      replay(sampler.takeNow());
      return energySoFarJ();
    },
    async close() {
      if (closed !== undefined) return closed;
      timer?.stop();
      const result = total();
      closed = {
        whole: result,
        spans: summaries(spans.root),
        unattributed: readings({ row: spans.unattributed.row, variance: spans.unattributed.variance }),
      };
      sampler.close();
      membership.leave();
      return closed;
    },
  };
}

interface Edge {
  readonly moment: Moment;
  readonly nowS: number;
}

function withChildren(at: SpanName): Float64Array {
  const row = Float64Array.from(at.self);
  for (const child of at.children.values()) {
    withChildren(child).forEach((value, column) => {
      row[column]! += value;
    });
  }
  return row;
}

const withNote =
  (note: string) =>
  (reading: Reading): Reading =>
    reading.kind === "available" ? { ...reading, notes: [...reading.notes, note] } : reading;

/** A span of a meter that was closed. */
const notMeasured = (name: string, startedAt: string): SpanEnergy => ({
  name, startedAt, durationS: 0, readings: [], shared: false,
}); // biome-ignore format: one record
