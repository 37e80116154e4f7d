import { meterSensor } from "../external-meter/meter-sensor.ts";
import type { Sensor, SensorWorld } from "../sensor.ts";
import { openRedfish } from "./redfish-client.ts";
import { findRedfishPower } from "./redfish-power.ts";
import type { RedfishSettings } from "./redfish-settings.ts";

/** As for meters of the machine in hwmon-chips.ts. */
const ACCURACY = 0.05;
/** Controllers renew their sensors every second or few; one that takes longer to answer is asked that much less often. */
const EVERY_S = 1;

/** Power of a chassis by its management controller, asked in the background. Throws what finding it throws. */
export async function openRedfishSensor(world: SensorWorld, settings: RedfishSettings): Promise<Sensor> {
  const { clock } = world;
  const redfish = await openRedfish(world, settings);
  try {
    const power = await findRedfishPower(redfish, settings.chassis);
    const source = `Redfish ${power.from} of chassis ${power.chassis}`;
    const readings = {
      name: source,
      quantity: "power",
      periodS: EVERY_S,
      stepJ: 0,
      async poll() {
        const askedS = clock.now();
        const value = await power.readW();
        return [{ atS: (askedS + clock.now()) / 2, value }];
      },
      notes: () => ["the controller does not tell its accuracy: ± 5 % is our guess"],
      close: redfish.close,
    } as const;
    const remedy = "check that the management controller can be reached, and its account";
    const facts = { source, remedy, accuracy: ACCURACY, everyS: EVERY_S };
    return meterSensor(readings, facts, { clock, startS: clock.now() });
  } catch (thrown) {
    redfish.close();
    throw thrown;
  }
}
