import { FrugalError, messageOf } from "../../core/error.ts";
import type { Found, SourceContext } from "../sensor.ts";
import { meterSetting } from "./meter-setting.ts";

/**
 * The external meter that the user named, if any; its readers are loaded then. Throws "bad-option" for a setting that
 * cannot be read as one.
 */
export async function openExternalMeter({ world, options }: SourceContext): Promise<Found> {
  let setting: string | undefined;
  try {
    setting = options.meter ?? meterSetting(world);
  } catch (thrown) {
    return missing(thrown);
  }
  if (setting === undefined) return { sensors: [], unavailable: [] };
  const [{ parseMeterSpec }, { openFeed }, { meterSensor }] = await Promise.all([
    import("./meter-spec.ts"),
    import("./open-feed.ts"),
    import("./meter-sensor.ts"),
  ]);
  const spec = parseMeterSpec(setting);
  try {
    const feed = await openFeed(world, spec);
    // Asking may have taken a while: the sensor counts from now.
    const facts = {
      ...spec.options,
      source: `external meter: ${feed.name}`,
      remedy: "check that the meter is on and can be reached; frugal reads what FRUGAL_METER names",
    };
    const sensor = meterSensor(feed, facts, { clock: world.clock, startS: world.clock.now() });
    return { sensors: [sensor], unavailable: [] };
  } catch (thrown) {
    return missing(thrown);
  }
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
