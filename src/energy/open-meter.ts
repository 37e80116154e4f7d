import { AsyncLocalStorage } from "node:async_hooks";
import { messageOf } from "../core/error.ts";
import type { Meter, Reading, SpanEnergy } from "../core/meter.ts";
import type { Groups } from "../core/ports.ts";
import { METERED_BY } from "./metered-by.ts";
import type { Moment } from "./moment.ts";
import { noteList } from "./note-list.ts";
import { joulesIn, type ReadingFacts, readingsOf, type Window } from "./readings.ts";
import { openSampler, type SamplerOptions, type SamplerWorld } from "./sampler.ts";
import { type SpanSummary, spanSummaries } from "./span-summaries.ts";
import type { Span } from "./span-tree.ts";
import { type Edge, openTimeline } from "./timeline.ts";

export interface MeterWorld extends SamplerWorld {
  readonly groups: Groups;
}

export interface MeterOptions extends SamplerOptions, Pick<ReadingFacts, "idle"> {
  /** Time between samples; 100 ms unless told. Long-lived monitors are well served by 1,000. */
  readonly periodMs?: number;
  /** Name of the whole in its result; `total` unless told. */
  readonly name?: string;
  /**
   * `auto`: once there are spans, a thread of its own samples, so that a busy event loop loses nothing; `here`: never.
   * What was spent is the same; only which span gets it is less sure.
   */
  readonly sampling?: "auto" | "here";
  /**
   * Awaited before both edges of `span` and `measure`: for work that a device goes on with after its call returned, such as
   * WebGPU's `() => device.queue.onSubmittedWorkDone()`. A failure is a note on the readings, never the work's.
   */
  readonly synchronize?: () => unknown;
}

export interface MeterResult {
  readonly whole: SpanEnergy;
  /** Parents before children. Self energies of all spans and `unattributed` add up to the whole. */
  readonly spans: readonly SpanSummary[];
  readonly unattributed: readonly Reading[];
}

/** A span whose work is not one function, such as a request. Whoever started it ends it. */
export interface StartedSpan {
  /** Runs `work` inside the span, so that spans and asynchronous work below belong to it. May be called again. */
  run<T>(work: () => T): T;
  /** Its energy up to now, with a fresh sample. */
  soFar(): SpanEnergy;
  /** Ends it; its energy comes with the next sample, within `periodMs`. Later calls give the same. */
  end(): Promise<SpanEnergy>;
  /** Ends it with a fresh sample; once it has ended, its energy again. */
  endNow(): SpanEnergy;
}

export interface OpenMeter extends Meter {
  readonly meter: Meter;
  start(name: string): StartedSpan;
  /** Energy since opening, with a fresh sample. */
  total(): SpanEnergy;
  /** The same up to the last sample, and none is taken. */
  soFar(): SpanEnergy;
  /** Joules as of the last sample, by the rule of `energyTotal`; costs nothing: for progress lines. */
  energySoFarJ(): number;
  /** The same with a fresh sample: for budgets. */
  energyNowJ(): number;
  /** Takes the last sample and stops sampling. May be called again; the result stays. */
  close(): Promise<MeterResult>;
}

const PERIOD_MS = 100;
/** Meters of this process, in whatever thread, count the same energy. */
const GROUP = "meters";
const NOT_ALONE = "another meter counts the same energy: do not add the two";

/**
 * Opens the sensors of this machine and samples them until closed; the caller closes it. Throws "bad-option" for an
 * unusable setting in the environment; a sensor that cannot be read never throws, its reading says why.
 */
export async function openMeter(world: MeterWorld, options: MeterOptions = {}): Promise<OpenMeter> {
  const {
    periodMs = PERIOD_MS,
    name = "total",
    sampling = "auto",
    idle,
    synchronize,
    ...samplerOptions
  } = options;
  const { clock } = world;
  const membership = world.groups.join(GROUP);
  const startedUnderMeter = world.env[METERED_BY] !== undefined;
  const startedAt = clock.stamp();
  const startedMs = Date.parse(startedAt);
  const sampler = await openSampler(world, samplerOptions);
  const { first, layout: rows } = sampler;
  const timeline = openTimeline(sampler, {
    clock,
    cpuThreads: world.machine.cpuThreads,
    periodMs,
    mayUseThread: sampling === "auto",
  });
  const { spending, spans, whole } = timeline;
  const { layout } = spending;
  const running = new AsyncLocalStorage<Span>();
  let closed: MeterResult | undefined;

  const unsynchronized = noteList();
  const atRest = async (): Promise<void> => {
    try {
      await synchronize?.();
    } catch (thrown) {
      unsynchronized.add(`work of a device may lie outside its span: ${messageOf(thrown)}`);
    }
  };

  async function span<T>(own: string, work: () => T | Promise<T>): Promise<T> {
    if (closed !== undefined) return await work();
    // A span without it starts in the caller's own turn.
    if (synchronize) await atRest();
    const record = timeline.start(own, running.getStore(), false);
    try {
      return await running.run(record, work);
    } finally {
      if (synchronize) await atRest();
      timeline.end(record, clock.now());
    }
  }

  const readings = (window: Window): readonly Reading[] =>
    readingsOf({ sampler, spending, ...(idle && { idle }) }, window).map(withNotes(unsynchronized.all()));
  const cpuBetween = (from: Moment, to: Moment): { readonly cpuS?: number } => {
    const cpuS = to.values[rows.ownCpu]! - from.values[rows.ownCpu]!;
    return Number.isNaN(cpuS) ? {} : { cpuS };
  };
  /** `spent`, and the time at the end that no sample covers yet. */
  const upTo = ({ moment, nowS }: Edge, spent: Float64Array): Float64Array => {
    const row = Float64Array.from(spent);
    row[layout.seconds]! += Math.max(0, nowS - moment.nowS);
    return row;
  };
  /** Energy of a span that keeps its own, up to `to`. */
  const energyOf = (record: Span, startedAtOwn: string, to: Edge): SpanEnergy => {
    const { own } = record;
    const row = upTo(to, own?.row ?? whole.map(() => 0));
    return {
      name: record.label,
      startedAt: startedAtOwn,
      durationS: to.nowS - record.startS,
      readings: readings({ row, ...(own && { variance: own.variance }) }),
      shared: record.shared,
    };
  };

  const measure: Meter["measure"] = async (own, work) => {
    if (closed !== undefined) return { value: await work(), energy: notMeasured(own, clock.stamp()) };
    if (synchronize) await atRest();
    const stamp = clock.stamp();
    const from = timeline.edge();
    const record = timeline.start(own, running.getStore(), true, from.nowS);
    let to = from;
    let value: Awaited<ReturnType<typeof work>>;
    try {
      value = await running.run(record, work);
    } finally {
      if (synchronize) await atRest();
      to = timeline.edge();
      timeline.end(record, to.nowS);
      timeline.settle(to.nowS);
    }
    const energy = { ...energyOf(record, stamp, to), ...cpuBetween(from.moment, to.moment) };
    return { value, energy };
  };

  const start = (own: string): StartedSpan => {
    const stamp = clock.stamp();
    if (closed !== undefined) {
      const none = notMeasured(own, stamp);
      return { run: (work) => work(), soFar: () => none, end: async () => none, endNow: () => none };
    }
    const record = timeline.start(own, running.getStore(), true);
    const end = (endS: number): void => {
      if (Number.isNaN(record.endS)) timeline.end(record, endS);
    };
    /** At its end, if that is past: samples after it hold nothing of it. */
    const energyAt = ({ moment, nowS }: Edge): SpanEnergy =>
      energyOf(record, stamp, { moment, nowS: Number.isNaN(record.endS) ? nowS : record.endS });
    return {
      run: (work) => running.run(record, work),
      soFar: () => energyAt(timeline.edge()),
      async end() {
        end(clock.now());
        return energyAt({ moment: await timeline.covered(record), nowS: record.endS });
      },
      endNow() {
        const edge = timeline.edge();
        end(edge.nowS);
        timeline.settle(record.endS);
        return energyAt(edge);
      },
    };
  };

  const total = (to: Edge = timeline.edge()): SpanEnergy => {
    const notAlone = membership.metOthers() || startedUnderMeter;
    const found = readings({ row: upTo(to, whole) });
    return {
      name,
      startedAt,
      durationS: to.nowS - first.nowS,
      ...cpuBetween(first, to.moment),
      readings: notAlone ? found.map(withNotes([NOT_ALONE])) : found,
      shared: notAlone,
    };
  };

  const result = (end: Edge): MeterResult => {
    const own = total(end);
    // The parts of a whole come from the same sensors, or they would not add up.
    const partOf = (spent: Window): readonly Reading[] => readings({ ...spent, judgedBy: { row: whole } });
    return {
      whole: own,
      spans: spanSummaries(spans.root, {
        startedAt: (startS) => new Date(startedMs + (startS - first.nowS) * 1_000).toISOString(),
        readings: partOf,
      }),
      unattributed: partOf(spans.unattributed),
    };
  };
  const energySoFarJ = (): number => {
    timeline.latest();
    return joulesIn(sampler.sensors, layout, whole);
  };

  const meter: Meter = { span, measure };
  return {
    ...meter,
    meter,
    start,
    total: () => total(),
    soFar: () => total(timeline.latest()),
    energySoFarJ,
    energyNowJ() {
      timeline.edge();
      return energySoFarJ();
    },
    async close() {
      if (closed !== undefined) return closed;
      closed = result(timeline.close());
      // Node 20 keeps every storage that ran, and each one slows down every promise of the process.
      running.disable();
      sampler.close();
      membership.leave();
      return closed;
    },
  };
}

const withNotes =
  (notes: readonly string[]) =>
  (reading: Reading): Reading =>
    reading.kind === "available" ? { ...reading, notes: [...reading.notes, ...notes] } : reading;

/** A span of a meter that was closed. */
const notMeasured = (name: string, startedAt: string): SpanEnergy => ({
  name, startedAt, durationS: 0, readings: [], shared: false,
}); // biome-ignore format: one record
