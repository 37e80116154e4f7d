import { messageOf } from "../../core/error.ts";
import { boardSensor, timedRead } from "../gpu/board.ts";
import { USUAL_PERIOD_S } from "../gpu/gpu-interval.ts";
import { powerReader } from "../gpu/power-reader.ts";
import type { Found, Sensor, SensorWorld, Unavailable } from "../sensor.ts";
import { type JetsonRail, jetsonRails } from "./jetson.ts";

/** The monitor itself is within 0.5 % (INA3221 data sheet, SBOS576), its shunt and what the board adds are not told: our choice. */
const GAIN = 0.05;
/** No module draws more (Jetson AGX Orin: 60 W; Thor: 130 W). */
const MOST_W = 150;
const REMEDY = "check that /sys/class/hwmon can be read";

/** The rails of a Jetson, each integrated from its power. */
export function openJetson(world: SensorWorld): Found {
  const sensors: Sensor[] = [];
  const unavailable: Unavailable[] = [];
  for (const rail of jetsonRails(world.files)) {
    const source = `INA3221 rail ${rail.label}`;
    try {
      sensors.push(railSensor(world, rail, source));
    } catch (thrown) {
      const reason = messageOf(thrown);
      unavailable.push({ kind: "unavailable", component: rail.component, source, reason, remedy: REMEDY });
    }
  }
  return { sensors, unavailable };
}

function railSensor(
  { clock }: SensorWorld,
  { component, doubts, readW }: JetsonRail,
  source: string,
): Sensor {
  const first = timedRead(clock, readW);
  const limits = { gain: GAIN, mostW: MOST_W, periodS: USUAL_PERIOD_S, averagedS: USUAL_PERIOD_S };
  const reader = powerReader({ ...limits, readW }, first);
  // Who used the GPU is not told; CPU time is no measure of it.
  const unknown = component === "gpu" && { use: () => undefined };
  return boardSensor({ component, source, remedy: REMEDY, doubts, ...unknown }, reader, { clock, ...first });
}
