/** Samples and spans of one meter on one line of time: what was spent, and by which span. */
import type { Clock } from "../core/ports.ts";
import type { Moment } from "./moment.ts";
import type { Sampler } from "./sampler.ts";
import { spanEvents } from "./span-events.ts";
import { newSpan, nothingSpent, type Span, type SpanTree, spanTree } from "./span-tree.ts";
import { type Spending, spendingOf } from "./spending.ts";

/** A moment at the edge of a window: a fresh one, or the last one and the clock's time when no sample came. */
export interface Edge {
  readonly moment: Moment;
  readonly nowS: number;
}

export interface Timeline {
  readonly spending: Spending;
  readonly spans: SpanTree;
  /** A row of all that was spent so far. */
  readonly whole: Float64Array;
  /** A span starts now, or at the edge `startS` that was sampled for it. */
  start(name: string, parent: Span | undefined, keepOwn: boolean, startS?: number): Span;
  end(span: Span, endS: number): void;
  /** Samples now and goes through everything up to it. */
  edge(): Edge;
  /** The last sample. */
  latest(): Edge;
  /** Goes through starts and ends up to `nowS`, where no sample will come. */
  settle(nowS: number): void;
  /** Resolves when samples cover the end of a span, to the moment that did: within a period. */
  covered(span: Span): Promise<Moment>;
  /** Samples a last time and stops. */
  close(): Edge;
}

export interface TimelineOptions {
  readonly clock: Clock;
  readonly cpuThreads: number;
  readonly periodMs: number;
  readonly mayUseThread: boolean;
}

/** Samples of the thread wait this long for the spans they belong to, so that little waits and little runs. */
const COLLECT_MS = 1_000;
/** The same while no span starts or ends: nobody asks for them, and waking up would be most of what measuring costs. */
const IDLE_COLLECT_MS = 30_000;
/**
 * Starts and ends of spans that wait for a sample. Where more come between two samples, each is so short that the energy
 * of its moment cannot be told anyway; a long queue would cost more (garbage collection) than it tells.
 */
const MOST_WAITING = 2_048;

export function openTimeline(
  sampler: Sampler & { readonly first: Moment },
  options: TimelineOptions,
): Timeline {
  const { clock, periodMs } = options;
  const { first, sensors } = sampler;
  const spending = spendingOf(first, sampler.layout, { sensors, cpuThreads: options.cpuThreads });
  const columns = spending.layout.length;
  const size = { columns, sensors: sensors.length };
  const spans = spanTree(size, first.nowS);
  const events = spanEvents(spans);
  const whole = new Float64Array(columns);
  let last = first;
  let waiters: { readonly atS: number; readonly resolve: (moment: Moment) => void }[] = [];

  /** Goes through spans and samples in the order of time. */
  const replay = (moments: readonly Moment[]): void => {
    for (const moment of moments) {
      events.until(moment.nowS);
      const { spent, spread } = spending.next(moment);
      spans.assign(spent, moment.nowS, spread);
      for (let column = 0; column < columns; column++) whole[column]! += spent[column]!;
      last = moment;
    }
    if (waiters.length > 0) wake(last.nowS);
  };
  const wake = (untilS: number): void => {
    const due = waiters.filter(({ atS }) => atS <= untilS);
    waiters = waiters.filter(({ atS }) => atS > untilS);
    for (const { resolve } of due) resolve(last);
  };

  let timer: { readonly everyMs: number; readonly stop: () => void } | undefined;
  const collectEach = (everyMs: number): void => {
    if (timer?.everyMs === everyMs) return;
    timer?.stop();
    timer = { everyMs, stop: clock.every(everyMs, collect) };
  };
  const collect = (): void => {
    const isIdle = events.waiting() === 0;
    replay(sampler.take());
    if (spansSeen > 0) useThread();
    collectEach(sampler.inThread() ? Math.max(periodMs, isIdle ? IDLE_COLLECT_MS : COLLECT_MS) : periodMs);
  };
  /** What the thread has sent; without a thread no sample is taken. */
  const catchUp = (): void => {
    if (sampler.inThread()) replay(sampler.take());
  };
  const noticeEvent = (): void => {
    if (sampler.inThread()) collectEach(Math.max(periodMs, COLLECT_MS));
  };
  collectEach(periodMs);

  // The first span only asks for the thread, for starting one takes milliseconds. It is started in the next quiet
  // moment, or by the second span, which may follow without one; a sample here tells the two apart.
  let spansSeen = 0;
  const noticeSpan = (): void => {
    if (++spansSeen !== 2 || !threadWanted) return;
    replay(sampler.takeNow());
    useThread();
  };
  let threadWanted = options.mayUseThread;
  const useThread = (): void => {
    if (threadWanted) sampler.useThread(periodMs, collect);
    threadWanted = false;
  };
  // A power that is polled needs its polls also while the program is busy; counters can wait for the first span.
  if (sensors.some((sensor) => sensor.method === "integrated")) useThread();

  const edge = (): Edge => {
    const before = clock.now();
    replay(sampler.takeNow());
    const nowS = last.nowS >= before ? last.nowS : clock.now();
    events.until(nowS);
    return { moment: last, nowS };
  };

  const answer = (): void => {
    edge();
    // Also where no sample came: the readings then say what they do not cover.
    wake(Number.POSITIVE_INFINITY);
  };

  return {
    spending,
    spans,
    whole,
    edge,
    latest() {
      catchUp();
      return { moment: last, nowS: last.nowS };
    },
    start(name, parent, keepOwn, edgeS) {
      if (edgeS === undefined) noticeSpan();
      const startS = edgeS ?? clock.now();
      if (events.waiting() > MOST_WAITING) {
        catchUp();
        if (events.waiting() > MOST_WAITING) events.until(startS);
      }
      const span = newSpan(name, parent, startS, keepOwn ? nothingSpent(size) : undefined);
      events.start(span);
      noticeEvent();
      return span;
    },
    end(span, endS) {
      span.endS = endS;
      events.end(span);
      noticeEvent();
    },
    settle: events.until,
    covered(span) {
      if (span.endS <= last.nowS) return Promise.resolve(last);
      // Sampling keeps no program alive, but whoever waits for an answer must get it.
      if (waiters.length === 0) void clock.sleep(periodMs).then(answer);
      return new Promise((resolve) => waiters.push({ atS: span.endS, resolve }));
    },
    close() {
      timer?.stop();
      const end = edge();
      wake(Number.POSITIVE_INFINITY);
      return end;
    },
  };
}
