import type { Reading, SpanEnergy } from "../core/meter.ts";
import type { SpanName, Spent } from "./span-tree.ts";

/** All spans of one path of names; `readings` contain those of the children. */
export interface SpanSummary extends SpanEnergy {
  readonly path: readonly string[];
  readonly count: number;
}

/** Below `at`, parents before children. */
export function spanSummaries(
  at: SpanName,
  told: {
    readonly startedAt: (startS: number) => string;
    readonly readings: (spent: Spent) => readonly Reading[];
  },
): readonly SpanSummary[] {
  return [...at.children.values()].flatMap((each) => [summaryOf(each, told), ...spanSummaries(each, told)]);
}

const summaryOf = (
  { name, path, count, firstS, durationS, shared, all }: SpanName,
  { startedAt, readings }: Parameters<typeof spanSummaries>[1],
): SpanSummary => ({
  name,
  path,
  count,
  startedAt: startedAt(firstS),
  durationS,
  readings: readings(all),
  shared,
});
