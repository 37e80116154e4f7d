import type { Clock } from "../../core/ports.ts";
import type { MeterFeed } from "../external-meter/meter-feed.ts";

/** A power that is a file of the system, read as often as it is asked for. */
export function powerFileFeed(
  clock: Pick<Clock, "now">,
  facts: { readonly name: string; readonly periodS: number; readonly notes?: readonly string[] },
  readW: () => number,
): MeterFeed {
  return {
    name: facts.name,
    quantity: "power",
    periodS: facts.periodS,
    stepJ: 0,
    poll: async () => [{ atS: clock.now(), value: readW() }],
    notes: () => facts.notes ?? [],
  };
}
