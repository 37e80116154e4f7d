import { FrugalError, messageOf } from "../../core/error.ts";
import type { FeedWorld, MeterFeed } from "../external-meter/meter-feed.ts";
import type { MeterSpec } from "../external-meter/meter-spec.ts";
import { readMicro } from "../sysfs.ts";
import { namedPower } from "./hwmon-chips.ts";
import { powerFileFeed } from "./sysfs-feed.ts";

/** A chip of this machine that the user says measures the whole of it. Throws "sensor-unavailable". */
export function openHwmonFeed(world: FeedWorld, spec: MeterSpec): MeterFeed {
  try {
    const power = namedPower(world.files, spec.place);
    const readW = (): number => readMicro(world.files, power.path);
    readW();
    return powerFileFeed(world.clock, power, readW);
  } catch (thrown) {
    throw new FrugalError({
      code: "sensor-unavailable",
      what: `the meter hwmon:${spec.place}`,
      why: messageOf(thrown),
      remedy:
        "name a chip by its driver or folder, as hwmon:ina226/power1_input; grep . /sys/class/hwmon/*/name lists them",
      cause: thrown,
    });
  }
}
