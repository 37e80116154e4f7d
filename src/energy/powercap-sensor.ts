import { messageOf } from "../core/error.ts";
import { within } from "../core/interval.ts";
import type { Component } from "../core/meter.ts";
import type { Files } from "../core/ports.ts";
import { MICROJOULES_PER_JOULE } from "../core/quantity.ts";
import { counterDelta } from "./counter-delta.ts";
import { noteList } from "./note-list.ts";
import type { PowercapZone } from "./powercap-zones.ts";
import type { Sample, Sensor } from "./sensor.ts";

/** Our choice of a power that no socket reaches, even for a moment. */
const MOST_WATTS = 1_000;
/** Counters move in steps, so a delta may hold more than its gap: a generous allowance of our choice. */
const STEP_S = 0.1;
/** Our choice for the parts that the counter covers; see Khan et al. 2018, "RAPL in Action", ACM TOMPECS 3(2), for comparisons. */
const WIDTH = 0.05;

interface Counter extends PowercapZone {
  lastUj: number;
  lastS: number;
}

export const POWERCAP_REMEDY =
  "sudo chmod a+r /sys/class/powercap/*/energy_uj (until the next boot; a udev rule for SUBSYSTEM powercap keeps it)";

/** Sum of the counters of one component. Opens at `startS`; throws when one of them cannot be read now. */
export function powercapSensor(
  files: Pick<Files, "readTextSync">,
  component: Component,
  zones: readonly PowercapZone[],
  startS: number,
): Sensor {
  const losses = noteList();
  const counters: Counter[] = zones.map((zone) => ({ ...zone, lastUj: readUj(files, zone), lastS: startS }));
  let joules = 0;
  const covered = counters.map(() => 0);

  const advance = (counter: Counter, index: number, nowS: number): void => {
    const gapS = nowS - counter.lastS;
    if (gapS <= 0) return;
    const nowUj = readUj(files, counter);
    const most = MOST_WATTS * (gapS + STEP_S) * MICROJOULES_PER_JOULE;
    const delta = counterDelta(counter.lastUj, nowUj, { range: counter.rangeUj, most });
    counter.lastUj = nowUj;
    counter.lastS = nowS;
    if (delta.kind === "impossible") {
      losses.add(`${counter.name}: an impossible jump was left out`);
      return;
    }
    joules += delta.delta / MICROJOULES_PER_JOULE;
    if (delta.kind === "reset") {
      losses.add(`${counter.name}: the counter was reset; what it held since the sample before is lost`);
    } else if (most > counter.rangeUj) {
      losses.add(
        `${counter.name}: ${Math.round(gapS)} s without a sample, in which whole rounds may be lost`,
      );
    } else covered[index]! += gapS;
  };

  return {
    component,
    boundary: "machine",
    method: "counter",
    source: `powercap: ${zones.map((zone) => zone.name).join(" + ")}`,
    remedy: POWERCAP_REMEDY,
    interval: (amount) => within(amount, WIDTH),
    sample(nowS): Sample {
      counters.forEach((counter, index) => {
        try {
          advance(counter, index, nowS);
        } catch (thrown) {
          losses.add(`a sample of ${counter.name} failed: ${messageOf(thrown)}`);
        }
      });
      return { joules, coveredS: Math.min(...covered) };
    },
    notes: losses.all,
  };
}

function readUj(files: Pick<Files, "readTextSync">, zone: PowercapZone): number {
  const text = files.readTextSync(zone.counterPath).trim();
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > zone.rangeUj)
    throw new Error(`${zone.counterPath} holds ${JSON.stringify(text)}`);
  return value;
}
