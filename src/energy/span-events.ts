/** Spans as they happen, kept until the samples that cover them are there: then both are gone through in the order of time. */
import type { OpenSpan, SpanTree } from "./span-tree.ts";

/** One span as the program sees it. */
export interface SpanRecord {
  readonly name: string;
  readonly parent: SpanRecord | undefined;
  readonly startS: number;
  /** NaN while it runs. */
  endS: number;
  readonly keepOwn: boolean;
  /** Its place in the tree; undefined until its start has been gone through. */
  node: OpenSpan | undefined;
  /** Whether another span ran at the same time; known once its end has been gone through. */
  shared: boolean;
}

export interface SpanEvents {
  open(name: string, parent: SpanRecord | undefined, startS: number, keepOwn: boolean): SpanRecord;
  close(record: SpanRecord, endS: number): void;
  /** Starts and ends that wait. */
  waiting(): number;
  /** Goes through what happened up to `nowS`. */
  until(nowS: number): void;
}

/** @param origin a wall time and the monotonic seconds at it: stamps of spans are computed from their distance. */
export function spanEvents(
  tree: Pick<SpanTree, "open" | "close">,
  origin: { readonly stamp: string; readonly atS: number },
): SpanEvents {
  // Each span stands here twice, in the order of its start and its end.
  let queue: SpanRecord[] = [];
  const originMs = Date.parse(origin.stamp);
  const stampOf = (atS: number): string =>
    new Date(originMs + Math.round((atS - origin.atS) * 1_000)).toISOString();
  return {
    open(name, parent, startS, keepOwn) {
      const record: SpanRecord = {
        name, parent, startS, endS: Number.NaN, keepOwn, node: undefined, shared: false,
      }; // biome-ignore format: one record
      queue.push(record);
      return record;
    },
    close(record, endS) {
      record.endS = endS;
      queue.push(record);
    },
    waiting: () => queue.length,
    until(nowS) {
      let done = 0;
      for (; done < queue.length; done++) {
        const record = queue[done]!;
        if (record.node === undefined) {
          if (record.startS > nowS) break;
          const { startS, keepOwn } = record;
          const at = { nowS: startS, stamp: () => stampOf(startS), keepOwn };
          record.node = tree.open(record.name, record.parent?.node, at);
        } else {
          if (record.endS > nowS) break;
          record.shared = tree.close(record.node, record.endS);
        }
      }
      queue = done === queue.length ? [] : queue.slice(done);
    },
  };
}
