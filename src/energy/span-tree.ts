/** Who gets the energy of an interval: pure bookkeeping over span events, no clock and no sensor of its own. */

/** One running span. Only leaves (spans without an open child) are given energy; parents contain their children. */
export interface OpenSpan {
  readonly parent: OpenSpan | undefined;
  readonly name: SpanName;
  readonly startS: number;
  /** Joules by sensor, children included; kept for spans that are asked for their own energy. */
  readonly own: Float64Array | undefined;
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

/** All spans with the same path of names. */
export interface SpanName {
  readonly name: string;
  readonly path: readonly string[];
  readonly children: Map<string, SpanName>;
  count: number;
  durationS: number;
  startedAt: string;
  shared: boolean;
  /** Joules by sensor without children. */
  readonly self: Float64Array;
}

export interface SpanTree {
  open(
    name: string,
    parent: OpenSpan | undefined,
    at: { readonly nowS: number; readonly stamp: () => string; readonly keepOwn: boolean },
  ): OpenSpan;
  /** @returns true when another span ran at the same time. */
  close(span: OpenSpan, nowS: number): boolean;
  /** Gives the energy since the last call to the spans that ran meanwhile, by time; @param spent [sensors] joules. */
  assign(spent: Float64Array, nowS: number): void;
  readonly root: SpanName;
  /** Joules by sensor that no span was running for. */
  readonly unattributed: Float64Array;
}

/** Different span names below one parent; later ones are counted together, so that names from data cannot fill memory. */
const MOST_NAMES = 1_000;
const OTHERS = "(other names)";

export function spanTree(sensorCount: number, startS: number): SpanTree {
  const nameOf = (name: string, path: readonly string[], startedAt: string): SpanName => ({
    name, path, startedAt, children: new Map(), count: 0, durationS: 0, shared: false,
    self: new Float64Array(sensorCount),
  }); // biome-ignore format: one record
  const root = nameOf("", [], "");
  const unattributed = new Float64Array(sensorCount);
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
        own: at.keepOwn ? new Float64Array(sensorCount) : undefined,
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
    assign(spent, nowS) {
      advance(nowS);
      for (const span of pending) earn(span);
      // The sum of what was earned, not the window's length: rounding in between must neither make nor lose energy.
      const seconds = pending.reduce((sum, span) => sum + span.pendingS, idleS);
      const running = pending.filter((span) => span.leafSince !== undefined);
      for (const span of pending) {
        // Two samples at one moment: what was counted between them goes to whoever runs.
        const part =
          seconds > 0 ? span.pendingS / seconds : span.leafSince !== undefined ? 1 / running.length : 0;
        for (let sensor = 0; sensor < sensorCount; sensor++) {
          const joules = part * spent[sensor]!;
          span.name.self[sensor]! += joules;
          for (let at: OpenSpan | undefined = span; at !== undefined; at = at.parent) {
            if (at.own !== undefined) at.own[sensor]! += joules;
          }
        }
        span.pendingS = 0;
        span.isPending = span.leafSince !== undefined;
      }
      const idle = seconds > 0 ? idleS / seconds : running.length === 0 ? 1 : 0;
      for (let sensor = 0; sensor < sensorCount; sensor++) unattributed[sensor]! += idle * spent[sensor]!;
      // Starts again at 0, so that days of measuring cost no digits.
      for (const span of running) span.leafSince = 0;
      shareClock = 0;
      pending = running;
      idleS = 0;
    },
  };
}
