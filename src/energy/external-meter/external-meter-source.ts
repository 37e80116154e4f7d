import { FrugalError, messageOf } from "../../core/error.ts";
import type { Found, SourceContext } from "../sensor.ts";
import { openCsvFeed } from "./csv-feed.ts";
import { openHttpFeed } from "./http-feed.ts";
import type { FeedWorld, MeterFeed } from "./meter-feed.ts";
import { meterSensor } from "./meter-sensor.ts";
import { meterSetting } from "./meter-setting.ts";
import { type MeterSpec, parseMeterSpec } from "./meter-spec.ts";
import { openStreamFeed } from "./stream-feed.ts";

/** The external meter that the user named, if any. Throws "bad-option" for a setting that cannot be read as one. */
export async function openExternalMeter({ world, options }: SourceContext): Promise<Found> {
  let setting: string | undefined;
  try {
    setting = options.meter ?? (await meterSetting(world));
  } catch (thrown) {
    return missing(thrown);
  }
  if (setting === undefined) return { sensors: [], unavailable: [] };
  const spec = parseMeterSpec(setting);
  try {
    const feed = await openFeed(world, spec);
    // Asking may have taken a while: the sensor counts from now.
    return {
      sensors: [meterSensor(feed, spec, { clock: world.clock, startS: world.clock.now() })],
      unavailable: [],
    };
  } catch (thrown) {
    return missing(thrown);
  }
}

export function openFeed(world: FeedWorld, spec: MeterSpec): Promise<MeterFeed> {
  if (spec.kind === "csv") return openCsvFeed(world, spec);
  return spec.options.stream ? openStreamFeed(world, spec) : openHttpFeed(world, spec);
}

function missing(thrown: unknown): Found {
  const isKnown = thrown instanceof FrugalError;
  // Addresses and folders do not belong in receipts.
  const reason = isKnown ? thrown.why : messageOf(thrown);
  const remedy = isKnown ? thrown.remedy : "check that the meter can be read";
  return {
    sensors: [],
    unavailable: [{ kind: "unavailable", component: "node", source: "external meter", reason, remedy }],
  };
}
