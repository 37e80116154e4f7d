import { namesIn, type SysFiles, textAt } from "../sysfs.ts";

const HWMON = "/sys/class/hwmon";

/** One sensor chip of Linux hwmon (Documentation/hwmon/sysfs-interface.rst). */
export interface HwmonChip {
  readonly id: string;
  readonly driver: string;
  /** Where its files are: drivers of before 2013 keep them one folder deeper. */
  readonly folder: string;
  readonly files: readonly string[];
}

export function hwmonChips(files: SysFiles): readonly HwmonChip[] {
  return namesIn(files, HWMON).flatMap((id) => {
    for (const folder of [`${HWMON}/${id}`, `${HWMON}/${id}/device`]) {
      const driver = textAt(files, `${folder}/name`);
      if (driver !== undefined) return [{ id, driver, folder, files: namesIn(files, folder) }];
    }
    return [];
  });
}

/** What the whole machine draws, as one of its own chips tells it. */
export interface NodePower {
  /** For the reading's source. */
  readonly name: string;
  readonly path: string;
  /** Seconds between updates. */
  readonly periodS: number;
  /** Relative half-width, nominal 95 %. */
  readonly accuracy: number;
  readonly notes: readonly string[];
}

/**
 * Management controllers are seldom rated; redundant supplies of servers tell their input to 2 to 5 %. Our choice, where the firmware says
 * nothing itself.
 */
const ACCURACY = 0.05;
const USUAL_PERIOD_S = 1;
const MS_PER_S = 1_000;

/** Chips that tell the whole machine's power, without a word of the user. */
export function nodePowers(files: SysFiles): readonly NodePower[] {
  return hwmonChips(files).flatMap((chip) => {
    if (chip.driver === "power_meter") return acpiMeters(files, chip);
    if (chip.driver === "ibmpowernv") return powerNvSystem(files, chip);
    return [];
  });
}

/** ACPI 4.0 power meters (Documentation/hwmon/acpi_power_meter.rst): the mean of `power1_average_interval` milliseconds. */
function acpiMeters(files: SysFiles, chip: HwmonChip): readonly NodePower[] {
  return chip.files.flatMap((file) => {
    const number = /^power(\d+)_average$/.exec(file)?.[1];
    if (number === undefined) return [];
    const at = (what: string): string | undefined => textAt(files, `${chip.folder}/power${number}_${what}`);
    if (at("is_battery") === "1") return [];
    const intervalMs = Number(at("average_interval"));
    const trust = /^([\d.]+)\s*%$/.exec(at("accuracy") ?? "")?.[1];
    const accuracy = trust === undefined ? ACCURACY : Math.max(0.001, 1 - Number(trust) / 100);
    return [
      {
        name: `ACPI power meter ${chip.id}/${file}`,
        path: `${chip.folder}/${file}`,
        periodS: intervalMs > 0 ? Math.max(USUAL_PERIOD_S, intervalMs / MS_PER_S) : USUAL_PERIOD_S,
        accuracy,
        notes: [
          trust === undefined
            ? "the meter does not tell its accuracy: ± 5 % is our guess"
            : `accurate to ${trust} %, by its firmware's own word`,
        ],
      },
    ];
  });
}

/** OpenPOWER machines (Documentation/hwmon/ibmpowernv.rst): one of many powers is labelled as the system's. */
function powerNvSystem(files: SysFiles, chip: HwmonChip): readonly NodePower[] {
  const found = chip.files.find(
    (file) => /^power\d+_label$/.test(file) && /^system/i.test(textAt(files, `${chip.folder}/${file}`) ?? ""),
  );
  const path = found && `${chip.folder}/${found.replace("_label", "_input")}`;
  return path === undefined
    ? []
    : [{ name: "ibmpowernv, System", path, periodS: USUAL_PERIOD_S, accuracy: ACCURACY, notes: [] }];
}

/**
 * A power that the user named, `ina226`, `ina226/power1_input` or `hwmon3/power2_average`: only the user knows what such a
 * chip on a board measures. Throws an Error that lists what is there.
 */
export function namedPower(files: SysFiles, given: string): NodePower {
  const [chipName = "", fileName] = given.split("/");
  const isPower = (file: string): boolean => /^power\d+_(input|average)$/.test(file);
  const chips = hwmonChips(files);
  const chip = chips.find((each) => each.id === chipName) ?? chips.find((each) => each.driver === chipName);
  const file = chip?.files.find((each) => (fileName === undefined ? isPower(each) : each === fileName));
  if (chip === undefined || file === undefined || !isPower(file)) {
    const there = chips.flatMap((each) =>
      each.files.filter(isPower).map((name) => `${each.id}/${name} (${each.driver})`),
    );
    throw new Error(
      there.length === 0
        ? "no chip here tells a power"
        : `there is no such power; there are ${there.join(", ")}`,
    );
  }
  const label = textAt(files, `${chip.folder}/${file.replace(/_(input|average)$/, "_label")}`);
  return {
    name: `hwmon ${chip.driver}/${file}${label === undefined ? "" : ` (${label})`}`,
    path: `${chip.folder}/${file}`,
    periodS: USUAL_PERIOD_S,
    accuracy: ACCURACY,
    notes: ["that this power is the whole machine's is the user's word"],
  };
}
