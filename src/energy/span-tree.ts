/** Who gets the energy of an interval: pure bookkeeping over span events, no clock and no sensor of its own. */

/** One run of a span. Only leaves (open spans without an open child) are given energy; parents contain their children. */
export interface Span {
  readonly label: string;
  readonly startS: number;
  /** NaN while it runs. */
  endS: number;
  /** As the program saw it until the span is opened here, then the span that it counts for. */
  parent: Span | undefined;
  /** Its place in the tree; undefined until it is opened here. */
  name: SpanName | undefined;
  /** What was spent, children included; kept for spans that are asked for their own energy. */
  readonly own: Spent | undefined;
  isOpen: boolean;
  openChildren: number;
  /** The share clock when it last became a leaf; NaN when it is none. */
  leafSince: number;
  /** Times that a second child ran beside others. */
  overlaps: number;
  overlapsAtStart: number;
  /** Whether another span ran at the same time: known for sure once it is closed. */
  shared: boolean;
}

export const newSpan = (label: string, parent: Span | undefined, startS: number, own?: Spent): Span => ({
  label, startS, endS: Number.NaN, parent, name: undefined, own, isOpen: false, openChildren: 0,
  leafSince: Number.NaN, overlaps: 0, overlapsAtStart: 0, shared: false,
}); // biome-ignore format: one record

/** A part of each interval, to be added up. */
export interface Spent {
  /** [columns] */
  readonly row: Float64Array;
  /** [sensors] Joules², from intervals that were shared out by time. */
  readonly variance: Float64Array;
  /** Seconds of the current interval. */
  pendingS: number;
}

export const nothingSpent = ({ columns, sensors }: RowSize): Spent => ({
  row: new Float64Array(columns),
  variance: new Float64Array(sensors),
  pendingS: 0,
});

/** Columns of a row, all of them additive, and sensors, whose joules are its first columns. */
export interface RowSize {
  readonly columns: number;
  readonly sensors: number;
}

/** All spans with the same path of names. */
export interface SpanName {
  readonly name: string;
  readonly path: readonly string[];
  readonly children: Map<string, SpanName>;
  count: number;
  durationS: number;
  /** Start of the first one. */
  readonly firstS: number;
  shared: boolean;
  /** Children included. */
  readonly all: Spent;
}

export interface SpanTree {
  /** Starts and ends come in the order of time. */
  open(span: Span): void;
  close(span: Span): void;
  /**
   * Gives what was spent since the last call to the spans that ran meanwhile, by time.
   * @param spent [columns] @param spread [sensors] joules by which one half of the time may differ from the other
   */
  assign(spent: Float64Array, nowS: number, spread: Float64Array): void;
  readonly root: SpanName;
  /** What was spent while no span was running. */
  readonly unattributed: Spent;
}

/** Different span names below one parent; later ones are counted together, so that names from data cannot fill memory. */
const MOST_NAMES = 1_000;
const OTHERS = "(other names)";

export function spanTree(size: RowSize, startS: number): SpanTree {
  const nameOf = (name: string, path: readonly string[], firstS: number): SpanName => ({
    name, path, firstS, children: new Map(), count: 0, durationS: 0, shared: false, all: nothingSpent(size),
  }); // biome-ignore format: one record
  const root = nameOf("", [], startS);
  const unattributed = nothingSpent(size);
  const leaves = new Set<Span>();
  let topOpen = 0;
  let topOverlaps = 0;
  // Seconds that one leaf has earned so far: each stretch adds its length ÷ number of leaves, so an event costs O(1).
  let shareClock = 0;
  let earnedS = 0;
  let lastEvent = startS;
  // Whoever has earned something of the current interval.
  let pending: Spent[] = [];

  const advance = (nowS: number): void => {
    const stretch = nowS - lastEvent;
    if (!(stretch > 0)) return;
    if (leaves.size > 0) shareClock += stretch / leaves.size;
    else earn(unattributed, stretch);
    lastEvent = nowS;
  };
  const earn = (to: Spent, seconds: number): void => {
    if (to.pendingS === 0) pending.push(to);
    to.pendingS += seconds;
    if (to === unattributed) earnedS += seconds;
  };
  /** What a leaf has earned goes to its name and to all above it. */
  const credit = (span: Span, seconds: number): void => {
    if (seconds <= 0) return;
    earnedS += seconds;
    for (let at: Span | undefined = span; at !== undefined; at = at.parent) {
      earn(at.name!.all, seconds);
      if (at.own !== undefined) earn(at.own, seconds);
    }
  };
  const becomeLeaf = (span: Span): void => {
    span.leafSince = shareClock;
    leaves.add(span);
  };
  const stopLeaf = (span: Span): void => {
    credit(span, shareClock - span.leafSince);
    span.leafSince = Number.NaN;
    leaves.delete(span);
  };
  /** Overlaps at every level above a span: it ran beside others when this number changed while it was open. */
  const overlapsAbove = (parent: Span | undefined): number => {
    let sum = topOverlaps;
    for (let at = parent; at !== undefined; at = at.parent) sum += at.overlaps;
    return sum;
  };
  const hasSiblings = (parent: Span | undefined): boolean => {
    for (let at = parent; at !== undefined; at = at.parent) if (at.openChildren > 1) return true;
    return topOpen > 1;
  };
  const childName = (parent: SpanName, name: string, firstS: number): SpanName => {
    const known = parent.children.get(name);
    if (known !== undefined) return known;
    if (parent.children.size >= MOST_NAMES && name !== OTHERS) return childName(parent, OTHERS, firstS);
    const made = nameOf(name, [...parent.path, name], firstS);
    parent.children.set(name, made);
    return made;
  };

  return {
    root,
    unattributed,
    open(span) {
      advance(span.startS);
      // Work that outlives the span it was started in is nobody's child any more.
      let { parent } = span;
      while (parent !== undefined && !parent.isOpen) parent = parent.parent;
      span.parent = parent;
      if (parent === undefined) {
        topOpen++;
        if (topOpen > 1) topOverlaps++;
      } else {
        if (parent.openChildren === 0) stopLeaf(parent);
        parent.openChildren++;
        if (parent.openChildren > 1) parent.overlaps++;
      }
      span.name = childName(parent?.name ?? root, span.label, span.startS);
      span.isOpen = true;
      span.overlapsAtStart = overlapsAbove(parent);
      span.shared = hasSiblings(parent);
      becomeLeaf(span);
    },
    close(span) {
      advance(span.endS);
      if (span.openChildren === 0) stopLeaf(span);
      span.isOpen = false;
      span.shared ||= overlapsAbove(span.parent) !== span.overlapsAtStart;
      const { parent } = span;
      if (parent === undefined) topOpen--;
      else {
        parent.openChildren--;
        if (parent.isOpen && parent.openChildren === 0) becomeLeaf(parent);
      }
      const name = span.name!;
      name.count++;
      name.durationS += Math.max(0, span.endS - span.startS);
      name.shared ||= span.shared;
    },
    assign(spent, nowS, spread) {
      advance(nowS);
      for (const leaf of leaves) credit(leaf, shareClock - leaf.leafSince);
      if (earnedS === 0) {
        // Two samples at one moment: what was counted between them goes to whoever runs.
        for (const leaf of leaves) credit(leaf, 1);
        if (leaves.size === 0) earn(unattributed, 1);
      }
      // By the sum of what was earned, not the window's length: rounding must neither make nor lose energy.
      for (const each of pending) {
        const part = each.pendingS / earnedS;
        for (let column = 0; column < spent.length; column++) {
          if (part !== 0) each.row[column]! += part * spent[column]!;
        }
        // The whole of an interval is sure, half of it is as sure as power was even.
        const unsure = Math.max(0, part * (1 - part));
        for (let sensor = 0; sensor < spread.length; sensor++) {
          each.variance[sensor]! += spread[sensor]! ** 2 * unsure;
        }
        each.pendingS = 0;
      }
      pending = [];
      earnedS = 0;
      // Starts again at 0, so that days of measuring cost no digits.
      for (const leaf of leaves) leaf.leafSince = 0;
      shareClock = 0;
    },
  };
}
