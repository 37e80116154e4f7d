/** Spans as they happen, kept until the samples that cover them are there: then both are gone through in the order of time. */
import type { Span, SpanTree } from "./span-tree.ts";

export interface SpanEvents {
  start(span: Span): void;
  /** `span.endS` is set. */
  end(span: Span): void;
  /** Starts and ends that wait. */
  waiting(): number;
  /** Goes through what happened up to `nowS`. */
  until(nowS: number): void;
}

export function spanEvents(tree: Pick<SpanTree, "open" | "close">): SpanEvents {
  // Each span stands here twice, in the order of its start and its end.
  let queue: Span[] = [];
  return {
    start: (span) => void queue.push(span),
    end: (span) => void queue.push(span),
    waiting: () => queue.length,
    until(nowS) {
      let done = 0;
      for (; done < queue.length; done++) {
        const span = queue[done]!;
        if (span.name === undefined) {
          if (span.startS > nowS) break;
          tree.open(span);
        } else {
          if (span.endS > nowS) break;
          tree.close(span);
        }
      }
      queue = done === queue.length ? [] : queue.slice(done);
    },
  };
}
