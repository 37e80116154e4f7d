/** Readings as JSON lines: one line per component and one for the total, each complete by itself. */
import type { SpanEnergy } from "../../core/meter.ts";
import { energyRecord } from "../../receipt/build-receipt.ts";
import type { CarbonRecord, EnergyRecord, Receipt } from "../../receipt/receipt.ts";

export const READING_SCHEMA = "frugal.reading/1";

/** Each line says of which receipt it is. */
export const toJsonLines = (receipts: readonly Receipt[]): string =>
  receipts
    .map(({ id, kind, subject, started_at, duration_s, energy, carbon }) =>
      readingLines({ receipt: id, kind, subject: subject.id, started_at, duration_s }, energy, carbon),
    )
    .join("");

/** The readings of an open meter or of a span, as they are now: a stream, when it is asked again and again. */
export const liveJsonLines = (span: SpanEnergy): string =>
  readingLines(
    { span: span.name, started_at: span.startedAt, duration_s: span.durationS },
    energyRecord(span),
  );

function readingLines(of: object, energy: EnergyRecord, carbon?: CarbonRecord): string {
  const { parts, total_j, unattributed_j, own_j, boundary, status, shared } = energy;
  const total = {
    component: "total",
    status,
    boundary,
    energy_j: total_j,
    unattributed_j,
    own_j,
    shared,
    ...(carbon && { emissions_g: carbon.emissions_g, zone: carbon.zone }),
  };
  // What is undefined has no place in JSON: absent, not zero.
  return [...parts, total]
    .map((reading) => `${JSON.stringify({ schema: READING_SCHEMA, ...of, ...reading })}\n`)
    .join("");
}
