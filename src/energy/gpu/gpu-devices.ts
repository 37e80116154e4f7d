import { namesIn, type SysFiles, textAt } from "../sysfs.ts";

/** PCI vendor ids (pci-ids.ucw.cz). */
const MAKERS: Readonly<Record<string, GpuMaker>> = { "0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel" };
export type GpuMaker = "NVIDIA" | "AMD" | "Intel";

export interface GpuDevice {
  readonly maker: GpuMaker;
  /** PCI address, as `0000:03:00.0`. */
  readonly address: string;
  /** Its folder in sysfs. */
  readonly folder: string;
}

const PCI = "/sys/bus/pci/devices";
/** Display controllers, and processing accelerators as some AMD Instinct boards call themselves (PCI Code and ID Assignment). */
const GPU_CLASS = /^0x(03|1200)/;

/** GPUs on the PCI bus, with or without a driver; none where there is no sysfs, or what is there cannot be read. */
export function gpuDevices(files: SysFiles): readonly GpuDevice[] {
  return namesIn(files, PCI).flatMap((address) => {
    const folder = `${PCI}/${address}`;
    if (!GPU_CLASS.test(textAt(files, `${folder}/class`) ?? "")) return [];
    const maker = MAKERS[textAt(files, `${folder}/vendor`) ?? ""];
    return maker === undefined ? [] : [{ maker, address, folder }];
  });
}

/** The driver's own files tell of NVIDIA GPUs also where the PCI bus cannot be seen (containers, WSL). */
export const hasNvidiaDriver = (files: SysFiles): boolean =>
  textAt(files, "/proc/driver/nvidia/version") !== undefined ||
  namesIn(files, "/dev").includes("nvidiactl") ||
  namesIn(files, "/usr/lib/wsl/lib").includes("libnvidia-ml.so.1");
