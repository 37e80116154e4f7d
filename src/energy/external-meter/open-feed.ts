import { openHwmonFeed } from "../node-power/hwmon-feed.ts";
import { openCsvFeed } from "./csv-feed.ts";
import { openHttpFeed } from "./http-feed.ts";
import type { FeedWorld, MeterFeed } from "./meter-feed.ts";
import type { MeterSpec } from "./meter-spec.ts";
import { openStreamFeed } from "./stream-feed.ts";

/** Opens any external meter and takes its first reading; throws FrugalError when that fails. */
export async function openFeed(world: FeedWorld, spec: MeterSpec): Promise<MeterFeed> {
  if (spec.kind === "csv") return await openCsvFeed(world, spec);
  if (spec.kind === "hwmon") return openHwmonFeed(world, spec);
  return await (spec.options.stream ? openStreamFeed(world, spec) : openHttpFeed(world, spec));
}
