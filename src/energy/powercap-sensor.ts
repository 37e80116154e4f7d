import { messageOf } from "../core/error.ts";
import { type Interval, sumIndependent, within } from "../core/interval.ts";
import type { Component } from "../core/meter.ts";
import type { Files } from "../core/ports.ts";
import { MICROJOULES_PER_JOULE } from "../core/quantity.ts";
import { counterDelta } from "./counter-delta.ts";
import { type NoteList, noteList } from "./note-list.ts";
import type { PowercapZone } from "./powercap-zones.ts";
import type { Sample, Sensor } from "./sensor.ts";
import { sleepWatch } from "./sleep-watch.ts";

/** Our choice of a power that no socket reaches, even for a moment. */
const MOST_WATTS = 1_000;
/** Counters move in steps, so a delta may hold more than its gap: a generous allowance of our choice. */
const STEP_S = 0.1;
/** The hardware renews its counters about once per millisecond (Intel SDM, volume 3B, "RAPL Interfaces", energy status). */
const RENEWAL_S = 0.001;
/** Each edge of a window lies anywhere in such a step: 95 % of the differences of two are below this part of it (triangular). */
const EDGE = 0.776;
/** Our choice for the parts that the counter covers; see Khan et al. 2018, "RAPL in Action", ACM TOMPECS 3(2), for comparisons. */
export const POWERCAP_WIDTH = 0.05;

interface Counter extends PowercapZone {
  lastUj: number;
  lastS: number;
  /** Whether the machine slept since the last good sample. */
  slept: boolean;
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
  const opened = zones.map(
    (zone): Counter => ({ ...zone, lastUj: readUj(files, zone), lastS: startS, slept: false }),
  );
  const counters = withoutMirrors(opened, losses);
  const sleep = sleepWatch(files, startS);
  let joules = 0;
  const covered = counters.map(() => 0);

  const advance = (counter: Counter, index: number, nowS: number): void => {
    const gapS = nowS - counter.lastS;
    const nowUj = readUj(files, counter);
    const most = MOST_WATTS * (gapS + STEP_S) * MICROJOULES_PER_JOULE;
    const delta = counterDelta(counter.lastUj, nowUj, { range: counter.rangeUj, most });
    counter.lastUj = nowUj;
    counter.lastS = nowS;
    if (delta.kind === "impossible") {
      losses.add(`${counter.name}: an impossible jump was left out`);
    } else if (counter.slept) {
      // Sleep takes power from the counter: a smaller value is a reset, even where it would fit a wrap.
      joules +=
        (delta.kind === "wrapped" ? Math.min(delta.delta, nowUj) : delta.delta) / MICROJOULES_PER_JOULE;
    } else {
      joules += delta.delta / MICROJOULES_PER_JOULE;
      if (delta.kind === "reset") {
        losses.add(`${counter.name}: the counter was reset; what it held since the sample before is lost`);
      } else if (most > counter.rangeUj) {
        losses.add(
          `${counter.name}: ${Math.round(gapS)} s without a sample, in which whole rounds may be lost`,
        );
      } else covered[index]! += gapS;
    }
    counter.slept = false;
  };

  return {
    component,
    boundary: "machine",
    method: "counter",
    source: `powercap: ${counters.map((zone) => zone.name).join(" + ")}`,
    remedy: POWERCAP_REMEDY,
    interval: (joules, windowS) => powercapInterval(joules, windowS),
    sample(nowS): Sample {
      const slept = sleep.sleptUntil(nowS);
      if (slept) losses.add("the machine slept: what the counters held around it may be lost");
      counters.forEach((counter, index) => {
        counter.slept ||= slept;
        if (nowS <= counter.lastS) return;
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

/**
 * Gain, and one renewal of the counter at the edges. A window that saw none knows only the greatest power.
 * @param renewalS how often what is read is renewed: by the hardware, unless somebody else reads it for us.
 */
export function powercapInterval(
  joules: number,
  windowS: number = Number.POSITIVE_INFINITY,
  renewalS: number = RENEWAL_S,
): Interval {
  if (joules === 0) return { low: 0, value: 0, high: windowS < renewalS ? MOST_WATTS * renewalS : 0 };
  const step = windowS > 0 ? Math.min(joules, (joules / windowS) * EDGE * renewalS) : joules;
  const { low, value, high } = sumIndependent([
    within(joules, POWERCAP_WIDTH),
    { low: -step, value: 0, high: step },
  ]);
  return { low: Math.max(0, low), value, high };
}

/** Counters that are this close when read one after the other, out of tens of thousands of joules, are one counter. */
const MIRROR_UJ = 0.01 * MOST_WATTS * MICROJOULES_PER_JOULE;

/**
 * On AMD parts of several dies each die shows the counter of the whole package (mlco2/codecarbon#1274: two dies of a
 * Threadripper 1950X at 68 W each, 125 W at the plug): adding them up counts it once per die.
 */
function withoutMirrors(counters: readonly Counter[], notes: NoteList): readonly Counter[] {
  const kept: Counter[] = [];
  for (const counter of counters) {
    const mirrored = kept.find(
      (each) => isOtherDie(each.name, counter.name) && Math.abs(each.lastUj - counter.lastUj) <= MIRROR_UJ,
    );
    if (mirrored === undefined || counter.lastUj === 0) kept.push(counter);
    else notes.add(`${counter.name} shows the same counter as ${mirrored.name} and is not added`);
  }
  return kept;
}

const isOtherDie = (one: string, other: string): boolean =>
  /-die-\d/.test(one) && one.replace(/-die-\d+/, "") === other.replace(/-die-\d+/, "");

function readUj(files: Pick<Files, "readTextSync">, zone: PowercapZone): number {
  const text = files.readTextSync(zone.counterPath).trim();
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > zone.rangeUj)
    throw new Error(`${zone.counterPath} holds ${JSON.stringify(text)}`);
  return value;
}
