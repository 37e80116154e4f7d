import { MICROJOULES_PER_JOULE } from "../../core/quantity.ts";
import { namesIn, type SysFiles, textAt } from "../sysfs.ts";
import type { GpuDevice } from "./gpu-devices.ts";

/** One board as its driver shows it in sysfs (Documentation/hwmon/sysfs-interface.rst: µW and µJ). */
export interface HwmonBoard {
  readonly device: GpuDevice;
  /** `amdgpu`, `i915` or `xe`. */
  readonly driver: string;
  /** PCI device id: dies of one board have the same. */
  readonly model: string;
  readonly energyFile: string | undefined;
  /** Best first. */
  readonly powerFiles: readonly string[];
  readonly mostW: number | undefined;
  /** Its readings contain the CPU. */
  readonly isWithCpu: boolean;
  /** A sleeping board is not woken by a read: it draws next to nothing, and waking it would cost more. */
  readonly isAsleep: () => boolean;
}

/** i915 also has one `i915_gt0` … for each tile: parts of `i915`. */
const DRIVERS: ReadonlySet<string> = new Set(["amdgpu", "i915", "xe"]);
/**
 * xe counts the card in 1 and the package, a part of it, in 2; each board has one at least
 * (Documentation/ABI/testing/sysfs-driver-intel-xe-hwmon).
 */
const ENERGY_FILES = ["energy1_input", "energy2_input"];
/** amdgpu: the mean that the firmware takes, or the present power (drivers/gpu/drm/amd/pm/amdgpu_pm.c, "hwmon"). */
const POWER_FILES = ["power1_average", "power1_input"];
const LIMIT_FILES = ["power1_cap", "power1_max", "power1_rated_max"];
/** Voltage of the northbridge, which only APUs have (as above). */
const APU_LABEL = "vddnb";

/** Undefined when no driver shows sensors for the device. */
export function hwmonBoard(files: SysFiles, device: GpuDevice): HwmonBoard | undefined {
  for (const id of namesIn(files, `${device.folder}/hwmon`)) {
    const folder = `${device.folder}/hwmon/${id}`;
    const driver = textAt(files, `${folder}/name`) ?? "";
    if (!DRIVERS.has(driver)) continue;
    const there = new Set(namesIn(files, folder));
    const paths = (names: readonly string[]): string[] =>
      names.filter((name) => there.has(name)).map((name) => `${folder}/${name}`);
    const limits = paths(LIMIT_FILES).map((path) => Number(textAt(files, path)) / MICROJOULES_PER_JOULE);
    return {
      device,
      driver,
      model: textAt(files, `${device.folder}/device`) ?? "",
      energyFile: paths(ENERGY_FILES)[0],
      powerFiles: paths(POWER_FILES),
      mostW: limits.find((limit) => limit > 0),
      isWithCpu: ["in0_label", "in1_label"].some((name) => textAt(files, `${folder}/${name}`) === APU_LABEL),
      isAsleep: () => textAt(files, `${device.folder}/power/runtime_status`) === "suspended",
    };
  }
  return undefined;
}
