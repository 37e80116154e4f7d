import type { Receipt } from "../../receipt/receipt.ts";
import type { ChoiceReport } from "../../score/choice-report.ts";

/** When, where and on what a choice was measured, as its receipt has it. */
export const circumstances = ({
  started_at,
  duration_s,
  hardware,
  carbon,
}: Receipt): Pick<ChoiceReport, "made_at" | "hardware" | "carbon"> => ({
  made_at: new Date(Date.parse(started_at) + duration_s * 1_000).toISOString(),
  hardware,
  ...(carbon && {
    carbon: {
      zone: carbon.zone,
      zone_from: carbon.zone_from,
      intensity_g_per_kwh: carbon.intensity_g_per_kwh,
      year: carbon.year,
      source: carbon.source,
      licence: carbon.licence,
    },
  }),
});
