import { messageOf, systemCode } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import type { Unavailable } from "./sensor.ts";

/** PCI vendor ids (pci-ids.ucw.cz) of makers whose cards draw power of their own. */
const VENDORS: Readonly<Record<string, string>> = { "0x10de": "NVIDIA", "0x1002": "AMD" };
const DRM = "/sys/class/drm";
const NVIDIA = "/proc/driver/nvidia/version";

/** GPUs that are there and cannot be read yet: their energy is missing from totals and must not look like zero. */
export function findGpus(files: Pick<Files, "listSync" | "readTextSync">): readonly Unavailable[] {
  const makers = new Set<string>();
  if (canRead(files, NVIDIA)) makers.add("NVIDIA");
  for (const card of cards(files)) {
    try {
      const maker = VENDORS[files.readTextSync(`${DRM}/${card}/device/vendor`).trim()];
      if (maker !== undefined) makers.add(maker);
    } catch (thrown) {
      // Virtual displays have no PCI device behind them.
      if (systemCode(thrown) !== "ENOENT") makers.add(`unknown (${messageOf(thrown)})`);
    }
  }
  return [...makers].map((maker) => ({
    kind: "unavailable",
    component: "gpu",
    source: `${maker} GPU`,
    reason: "frugal reads no GPU sensor in this version, so this energy is missing from the total",
    remedy: "run the work on the CPU, or read the GPU's energy from its maker's tool and add it",
  }));
}

function cards(files: Pick<Files, "listSync">): readonly string[] {
  try {
    return files.listSync(DRM).filter((name) => /^card\d+$/.test(name));
  } catch {
    return [];
  }
}

function canRead(files: Pick<Files, "readTextSync">, path: string): boolean {
  try {
    return files.readTextSync(path) !== "";
  } catch {
    return false;
  }
}
