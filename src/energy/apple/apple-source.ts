import { messageOf } from "../../core/error.ts";
import type { Found, SourceContext } from "../sensor.ts";
import { appleSensors } from "./apple-sensors.ts";
import { partEnergies } from "./energy-channels.ts";
import { openIoReport } from "./io-report.ts";
import { openPowerMetrics } from "./power-metrics.ts";

const SOURCE = "IOReport (Apple's energy model)";
const INSTEAD = "set FRUGAL_CPU_WATTS, or use a meter (FRUGAL_METER)";

/** CPU, GPU, neural engine and memory of an Apple chip: by IOReport without root, else by powermetrics with it. */
export async function openApple({ world, nowS }: SourceContext): Promise<Found> {
  if (world.machine.arch !== "arm64")
    return missing(
      "Intel Macs show programs no energy counter (Intel Power Gadget is discontinued)",
      INSTEAD,
    );
  try {
    const report = openIoReport(world.native);
    try {
      // What is there shows in the first difference, however short it is.
      const present = new Set(partEnergies(report.read()).keys());
      if (present.size === 0) throw new Error("none of the chip's energy channels is known");
      const energy = {
        source: SOURCE,
        remedy: "restart the program; IOReport needs no right of its own",
        doubts: ["Apple computes these energies from activity and publishes no error: ± 15 % is our choice"],
        lagS: 0,
        read: () => partEnergies(report.read()),
        close: report.close,
      };
      return { sensors: appleSensors(energy, present, nowS), unavailable: [] };
    } catch (thrown) {
      report.close();
      throw thrown;
    }
  } catch (thrown) {
    return await byPowerMetrics(world, messageOf(thrown));
  }
}

async function byPowerMetrics(world: SourceContext["world"], why: string): Promise<Found> {
  try {
    const { energy, present } = await openPowerMetrics(world);
    return { sensors: appleSensors(energy, present, world.clock.now()), unavailable: [] };
  } catch (thrown) {
    return missing(
      `IOReport: ${why}; powermetrics: ${messageOf(thrown)}`,
      `run as root once to let powermetrics read them, or ${INSTEAD}`,
    );
  }
}

const missing = (reason: string, remedy: string): Found => ({
  sensors: [],
  unavailable: [{ kind: "unavailable", component: "cpu", source: SOURCE, reason, remedy }],
});
