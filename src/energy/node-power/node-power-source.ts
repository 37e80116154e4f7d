import { FrugalError, messageOf } from "../../core/error.ts";
import { meterSensor } from "../external-meter/meter-sensor.ts";
import type { Found, Sensor, SourceContext, Unavailable } from "../sensor.ts";
import { readMicro, type SysFiles } from "../sysfs.ts";
import { dischargingBatteries } from "./battery.ts";
import { nodePowers } from "./hwmon-chips.ts";
import { redfishSettings } from "./redfish-settings.ts";
import { powerFileFeed } from "./sysfs-feed.ts";

const EVERY_S = 1;
/** Fuel gauges measure the cell's current through a small resistor; seldom rated. Our choice. */
const BATTERY_ACCURACY = 0.1;
/** Embedded controllers ask the gauge this seldom. */
const BATTERY_PERIOD_S = 5;

/**
 * What the machine itself tells of its whole power: a power meter of its own, a battery that it runs on, a management controller
 * that the user named. Throws "bad-option" for settings of the last one that do not fit.
 */
export async function openNodePower(context: SourceContext): Promise<Found> {
  const found = [ownMeters(context), await controller(context)];
  return {
    sensors: found.flatMap(({ sensors }) => sensors),
    unavailable: found.flatMap(({ unavailable }) => unavailable),
  };
}

async function controller({ world }: SourceContext): Promise<Found> {
  const settings = redfishSettings(world.env);
  if (settings === undefined) return { sensors: [], unavailable: [] };
  const { openRedfishSensor } = await import("./redfish-sensor.ts");
  try {
    return { sensors: [await openRedfishSensor(world, settings)], unavailable: [] };
  } catch (thrown) {
    const isKnown = thrown instanceof FrugalError;
    // Addresses do not belong in receipts.
    const reason = isKnown ? thrown.why : messageOf(thrown);
    const remedy = isKnown ? thrown.remedy : "name a chassis that tells its power by FRUGAL_REDFISH_CHASSIS";
    return {
      sensors: [],
      unavailable: [
        { kind: "unavailable", component: "node", source: "management controller (Redfish)", reason, remedy },
      ],
    };
  }
}

function ownMeters({ world }: SourceContext): Found {
  const { clock } = world;
  const files: SysFiles = world.files;
  const sensors: Sensor[] = [];
  const unavailable: Unavailable[] = [];
  const add = (source: string, remedy: string, open: () => Sensor): void => {
    try {
      sensors.push(open());
    } catch (thrown) {
      unavailable.push({ kind: "unavailable", component: "node", source, reason: messageOf(thrown), remedy });
    }
  };
  const at = () => ({ clock, startS: clock.now() });
  for (const power of nodePowers(files)) {
    const remedy = `check that ${power.path} can be read: sudo chmod a+r ${power.path}`;
    add(power.name, remedy, () => {
      const readW = (): number => readMicro(files, power.path);
      readW();
      const feed = powerFileFeed(clock, power, readW);
      return meterSensor(
        feed,
        { source: power.name, remedy, accuracy: power.accuracy, everyS: EVERY_S },
        at(),
      );
    });
  }
  const batteries = dischargingBatteries(files);
  if (batteries !== undefined) {
    const source = `discharge of the battery (${batteries.names.join(" + ")})`;
    const remedy = "run on the battery alone while measuring";
    add(source, remedy, () => {
      batteries.readW();
      const notes = ["a battery gives what the machine draws, without the loss of a power supply"];
      const feed = powerFileFeed(clock, { name: source, periodS: BATTERY_PERIOD_S, notes }, batteries.readW);
      return meterSensor(feed, { source, remedy, accuracy: BATTERY_ACCURACY, everyS: EVERY_S }, at());
    });
  }
  return { sensors, unavailable };
}
