import type { Component } from "../../core/meter.ts";
import { namesIn, readMicro, type SysFiles, textAt } from "../sysfs.ts";
import { hwmonChips } from "./hwmon-chips.ts";

/** One supply rail of an NVIDIA Jetson, as its INA3221 monitors show it. */
export interface JetsonRail {
  readonly label: string;
  readonly component: Component;
  readonly doubts: readonly string[];
  readonly readW: () => number;
}

/** What a rail feeds, by module. NVIDIA Jetson Linux Developer Guide, "Jetson Power Monitors" of Nano, TX2, Xavier, Orin. */
const RAILS: Readonly<Record<string, { readonly component: Component; readonly doubt?: string }>> = {
  // The input of the whole module; the carrier board, with fan and disk, is not in it.
  VDD_IN: { component: "node" },
  POM_5V_IN: { component: "node" },
  VDD_CPU_CV: { component: "cpu", doubt: "the rail feeds the vision accelerators as well" },
  VDD_CPU: { component: "cpu" },
  VDD_SYS_CPU: { component: "cpu" },
  POM_5V_CPU: { component: "cpu" },
  CPU: { component: "cpu" },
  VDD_CPU_GPU_CV: {
    component: "cpu",
    doubt: "one rail feeds CPU, GPU and vision accelerators: it is all of them",
  },
  VDD_GPU_SOC: { component: "gpu", doubt: "the rail feeds the rest of the chip as well" },
  VDD_GPU: { component: "gpu" },
  VDD_SYS_GPU: { component: "gpu" },
  POM_5V_GPU: { component: "gpu" },
  GPU: { component: "gpu" },
  VDDRQ: { component: "ram" },
  VDD_SYS_DDR: { component: "ram" },
};
const MODULE_ONLY = "the module alone: carrier board, fan and disks are not in it";

/** None on other machines: INA3221 monitors are found on many boards. */
export function jetsonRails(files: SysFiles): readonly JetsonRail[] {
  if (!(textAt(files, "/proc/device-tree/compatible") ?? "").includes("nvidia,tegra")) return [];
  return [...byHwmon(files), ...byIio(files)].flatMap(({ label, readW }) => {
    const rail = RAILS[label];
    if (rail === undefined) return [];
    const doubts = [rail.doubt ?? "", rail.component === "node" ? MODULE_ONLY : ""].filter(
      (doubt) => doubt !== "",
    );
    return [{ label, component: rail.component, doubts, readW }];
  });
}

interface Rail {
  readonly label: string;
  readonly readW: () => number;
}

const MILLI = 1e-3;

/** JetPack 5 on: volts and amperes of three inputs (Documentation/hwmon/ina3221.rst: mV and mA). */
function byHwmon(files: SysFiles): readonly Rail[] {
  return hwmonChips(files).flatMap(({ driver, folder, files: names }) => {
    if (!driver.startsWith("ina3221")) return [];
    return names.flatMap((name): readonly Rail[] => {
      const input = /^in(\d)_label$/.exec(name)?.[1];
      const label = input && textAt(files, `${folder}/${name}`);
      if (!label) return [];
      const milli = (file: string): number => readMicro(files, `${folder}/${file}`) * 1e6 * MILLI;
      return [{ label, readW: () => milli(`in${input}_input`) * milli(`curr${input}_input`) }];
    });
  });
}

const I2C = "/sys/bus/i2c/drivers/ina3221x";

/** JetPack 4: NVIDIA's own driver, with the power in mW. */
function byIio(files: SysFiles): readonly Rail[] {
  return namesIn(files, I2C).flatMap((address) =>
    namesIn(files, `${I2C}/${address}`)
      .filter((name) => name.startsWith("iio:device"))
      .flatMap((device) => {
        const folder = `${I2C}/${address}/${device}`;
        return namesIn(files, folder).flatMap((name): readonly Rail[] => {
          const input = /^rail_name_(\d)$/.exec(name)?.[1];
          const label = input && textAt(files, `${folder}/${name}`);
          if (!label) return [];
          return [{ label, readW: () => readMicro(files, `${folder}/in_power${input}_input`) * 1e6 * MILLI }];
        });
      }),
  );
}
