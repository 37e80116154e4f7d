import { namesIn, readMicro, type SysFiles, textAt } from "../sysfs.ts";

const SUPPLIES = "/sys/class/power_supply";

/** What all batteries of a laptop give; only then do they tell what the machine draws. */
export interface Batteries {
  readonly names: readonly string[];
  /** Watts that they give now; throws when one cannot be read, or when the machine is plugged in. */
  readW(): number;
}

/** Batteries that the machine runs on now (Documentation/ABI/testing/sysfs-class-power); undefined when it is plugged in or has none. */
export function dischargingBatteries(files: SysFiles): Batteries | undefined {
  const names = namesIn(files, SUPPLIES).filter((name) => isBattery(files, name));
  const isRunning = names.some((name) => statusOf(files, name) === "Discharging");
  if (!isRunning) return undefined;
  return {
    names,
    readW() {
      let watts = 0;
      let isDischarging = false;
      for (const name of names) {
        const status = statusOf(files, name);
        if (status === "Charging")
          throw new Error("the machine was plugged in: its battery no longer tells what it draws");
        if (status !== "Discharging") continue;
        isDischarging = true;
        watts += powerOf(files, name);
      }
      if (!isDischarging)
        throw new Error("the machine was plugged in: its battery no longer tells what it draws");
      return watts;
    },
  };
}

/** A mouse has a battery too. */
const isBattery = (files: SysFiles, name: string): boolean =>
  textAt(files, `${SUPPLIES}/${name}/type`) === "Battery" &&
  textAt(files, `${SUPPLIES}/${name}/scope`) !== "Device";

const statusOf = (files: SysFiles, name: string): string | undefined =>
  textAt(files, `${SUPPLIES}/${name}/status`);

/** µW, or µA × µV; some drivers write a discharge as a negative number. */
function powerOf(files: SysFiles, name: string): number {
  const at = (what: string): string => `${SUPPLIES}/${name}/${what}`;
  const there = new Set(namesIn(files, `${SUPPLIES}/${name}`));
  const read = (what: string): number =>
    readMicro({ readTextSync: (path) => files.readTextSync(path).trim().replace(/^-/, "") }, at(what));
  if (there.has("power_now")) return read("power_now");
  if (there.has("current_now") && there.has("voltage_now")) return read("current_now") * read("voltage_now");
  throw new Error(`${name} tells neither power nor current`);
}
