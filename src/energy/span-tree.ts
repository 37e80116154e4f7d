/** Who gets the energy of an interval: pure bookkeeping over span events, no clock and no sensor of its own. */

/** One running span. Only leaves (spans without an open child) are given energy; parents contain their children. */
export interface OpenSpan {
  readonly parent: OpenSpan | undefined;
  readonly name: SpanName;
  readonly startS: number;
  /** What was spent, children included; kept for spans that are asked for their own energy. */
  readonly own: Spent | undefined;
  openChildren: number;
  isOpen: boolean;
  overlaps: number;
  /** The share clock when this span last became a leaf; undefined when it is none. */
  leafSince: number | undefined;
  /** Seconds of the current interval that are this span's. */
  pendingS: number;
  isPending: boolean;
  readonly overlapsAtStart: number;
  startedShared: boolean;
}

/** A row of what was spent, and how sure its splitting by time is. */
export interface Spent {
  /** [columns] */
  readonly row: Float64Array;
  /** [sensors] Joules², from intervals that were shared out by time. */
  readonly variance: Float64Array;
  /** Part of the interval that is being shared out. */
  part: number;
}

/** All spans with the same path of names. */
export interface SpanName {
  readonly name: string;
  readonly path: readonly string[];
  readonly children: Map<string, SpanName>;
  count: number;
  durationS: number;
  startedAt: string;
  shared: boolean;
  /** [columns] without children. */
  readonly self: Float64Array;
  /** With children. */
  readonly all: Pick<Spent, "variance"> & { part: number };
}

export interface SpanTree {
  open(
    name: string,
    parent: OpenSpan | undefined,
    at: { readonly nowS: number; readonly stamp: () => string; readonly keepOwn: boolean },
  ): OpenSpan;
  /** @returns true when another span ran at the same time. */
  close(span: OpenSpan, nowS: number): boolean;
  /**
   * Gives what was spent since the last call to the spans that ran meanwhile, by time.
   * @param spent [columns] @param spread [sensors] joules by which a half of the time may differ from the other
   */
  assign(spent: Float64Array, nowS: number, spread: Float64Array): void;
  readonly root: SpanName;
  /** What was spent while no span was running. */
  readonly unattributed: Spent;
}

/** Different span names below one parent; later ones are counted together, so that names from data cannot fill memory. */
const MOST_NAMES = 1_000;
const OTHERS = "(other names)";

/** @param size columns of a row, all of them additive, and sensors, whose joules are its first columns. */
export function spanTree(
  size: { readonly columns: number; readonly sensors: number },
  startS: number,
): SpanTree {
  const { columns, sensors } = size;
  const nameOf = (name: string, path: readonly string[], startedAt: string): SpanName => ({
    name, path, startedAt, children: new Map(), count: 0, durationS: 0, shared: false,
    self: new Float64Array(columns), all: { variance: new Float64Array(sensors), part: 0 },
  }); // biome-ignore format: one record
  const spent0 = (): Spent => ({
    row: new Float64Array(columns), variance: new Float64Array(sensors), part: 0,
  }); // biome-ignore format: one record
  const root = nameOf("", [], "");
  const unattributed = spent0();
  let leaves = 0;
  let topOpen = 0;
  let topOverlaps = 0;
  // Seconds that one leaf has earned so far: each stretch adds its length ÷ number of leaves, so an event costs O(1).
  let shareClock = 0;
  let idleS = 0;
  let lastEvent = startS;
  let pending: OpenSpan[] = [];

  const advance = (nowS: number): void => {
    const stretch = Math.max(0, nowS - lastEvent);
    if (leaves > 0) shareClock += stretch / leaves;
    else idleS += stretch;
    lastEvent = Math.max(lastEvent, nowS);
  };
  const earn = (span: OpenSpan): void => {
    if (span.leafSince === undefined) return;
    span.pendingS += shareClock - span.leafSince;
    span.leafSince = shareClock;
    if (!span.isPending) pending.push(span);
    span.isPending = true;
  };
  const becomeLeaf = (span: OpenSpan): void => {
    span.leafSince = shareClock;
    leaves++;
    if (!span.isPending) pending.push(span);
    span.isPending = true;
  };
  const stopLeaf = (span: OpenSpan): void => {
    earn(span);
    if (span.leafSince !== undefined) leaves--;
    span.leafSince = undefined;
  };
  /** Overlaps at every level above a span: it ran beside others when this number changed while it was open. */
  const overlapsAbove = (parent: OpenSpan | undefined): number => {
    let sum = topOverlaps;
    for (let at = parent; at !== undefined; at = at.parent) sum += at.overlaps;
    return sum;
  };
  const hasSiblings = (parent: OpenSpan | undefined): boolean => {
    for (let at = parent; at !== undefined; at = at.parent) if (at.openChildren > 1) return true;
    return topOpen > 1;
  };
  const childName = (parent: SpanName, name: string, stamp: () => string): SpanName => {
    const known = parent.children.get(name);
    if (known !== undefined) return known;
    const kept = parent.children.size < MOST_NAMES || name === OTHERS;
    if (!kept) return childName(parent, OTHERS, stamp);
    const made = nameOf(name, [...parent.path, name], stamp());
    parent.children.set(name, made);
    return made;
  };

  return {
    root,
    unattributed,
    open(name, given, at) {
      advance(at.nowS);
      // Work that outlives the span it was started in is nobody's child any more.
      let parent = given;
      while (parent !== undefined && !parent.isOpen) parent = parent.parent;
      if (parent === undefined) {
        topOpen++;
        if (topOpen > 1) topOverlaps++;
      } else {
        if (parent.openChildren === 0) stopLeaf(parent);
        parent.openChildren++;
        if (parent.openChildren > 1) parent.overlaps++;
      }
      const span: OpenSpan = {
        parent, name: childName(parent?.name ?? root, name, at.stamp), startS: at.nowS,
        own: at.keepOwn ? spent0() : undefined,
        openChildren: 0, isOpen: true, overlaps: 0, leafSince: undefined, pendingS: 0, isPending: false,
        overlapsAtStart: overlapsAbove(parent), startedShared: hasSiblings(parent),
      }; // biome-ignore format: one record
      becomeLeaf(span);
      return span;
    },
    close(span, nowS) {
      advance(nowS);
      if (span.openChildren === 0) stopLeaf(span);
      span.isOpen = false;
      const shared = span.startedShared || overlapsAbove(span.parent) !== span.overlapsAtStart;
      const { parent } = span;
      if (parent === undefined) topOpen--;
      else {
        parent.openChildren--;
        if (parent.isOpen && parent.openChildren === 0) becomeLeaf(parent);
      }
      span.name.count++;
      span.name.durationS += Math.max(0, nowS - span.startS);
      span.name.shared ||= shared;
      return shared;
    },
    assign(spent, nowS, spread) {
      advance(nowS);
      for (const span of pending) earn(span);
      // The sum of what was earned, not the window's length: rounding in between must neither make nor lose energy.
      const seconds = pending.reduce((sum, span) => sum + span.pendingS, idleS);
      const running = pending.filter((span) => span.leafSince !== undefined);
      const touched = new Set<{ readonly variance: Float64Array; part: number }>();
      const give = (to: { readonly variance: Float64Array; part: number }, part: number): void => {
        to.part += part;
        touched.add(to);
      };
      for (const span of pending) {
        // Two samples at one moment: what was counted between them goes to whoever runs.
        const part =
          seconds > 0 ? span.pendingS / seconds : span.leafSince !== undefined ? 1 / running.length : 0;
        add(span.name.self, spent, part);
        for (let at: OpenSpan | undefined = span; at !== undefined; at = at.parent) {
          give(at.name.all, part);
          if (at.own === undefined) continue;
          add(at.own.row, spent, part);
          give(at.own, part);
        }
        span.pendingS = 0;
        span.isPending = span.leafSince !== undefined;
      }
      const idle = seconds > 0 ? idleS / seconds : running.length === 0 ? 1 : 0;
      add(unattributed.row, spent, idle);
      give(unattributed, idle);
      for (const each of touched) {
        // The whole of an interval is sure, half of it is as sure as power was even.
        const unsure = Math.max(0, each.part * (1 - each.part));
        for (let sensor = 0; sensor < sensors; sensor++) {
          each.variance[sensor]! += spread[sensor]! ** 2 * unsure;
        }
        each.part = 0;
      }
      // Starts again at 0, so that days of measuring cost no digits.
      for (const span of running) span.leafSince = 0;
      shareClock = 0;
      pending = running;
      idleS = 0;
    },
  };
}

function add(to: Float64Array, row: Float64Array, part: number): void {
  if (part === 0) return; // 0 × unknown would be unknown
  for (let column = 0; column < row.length; column++) to[column]! += part * row[column]!;
}
