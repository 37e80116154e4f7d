import { messageOf } from "../core/error.ts";
import type { Files } from "../core/ports.ts";

/** One energy counter of Linux powercap (Documentation/power/powercap/powercap.rst). */
export interface PowercapZone {
  readonly name: string;
  readonly counterPath: string;
  /** The counter goes from this value, in µJ, on to 0. */
  readonly rangeUj: number;
}

export interface PowercapZones {
  readonly packages: readonly PowercapZone[];
  readonly dram: readonly PowercapZone[];
  /** Zones whose name or range could not be read: what they measure is missing. */
  readonly troubles: readonly string[];
}

/** Only counters: other control types of the kernel (dtpm) hold models under similar names. */
const ZONE = /^intel-rapl[^:]*:\d+(:\d+)?$/;

/**
 * Finds the packages and their memory below `root`; throws ENOENT when there is no powercap.
 *
 * Left out on purpose: `core` and `uncore` lie inside the package, `psys` contains it (adding either counts twice),
 * and a package seen through both MSR and MMIO is one package.
 */
export function findPowercapZones(
  files: Pick<Files, "listSync" | "readTextSync">,
  root: string,
): PowercapZones {
  const troubles: string[] = [];
  const packages = new Map<string, PowercapZone & { readonly id: string }>();
  const dram = new Map<string, PowercapZone>();
  // "intel-rapl:0" sorts before "intel-rapl-mmio:0" here: MSR, which also has the memory, wins.
  const ids = files.listSync(root).filter((id) => ZONE.test(id));
  const topLevel = ids.filter((id) => id.split(":").length === 2);
  topLevel.sort((a, b) => Number(a.includes("mmio")) - Number(b.includes("mmio")) || a.localeCompare(b));
  const zoneAt = (folder: string): PowercapZone | undefined => {
    try {
      const name = files.readTextSync(`${folder}/name`).trim();
      const rangeUj = Number(files.readTextSync(`${folder}/max_energy_range_uj`).trim() || Number.NaN);
      if (!(rangeUj > 0 && Number.isFinite(rangeUj)))
        throw new Error("max_energy_range_uj is no positive number");
      return { name, counterPath: `${folder}/energy_uj`, rangeUj };
    } catch (thrown) {
      troubles.push(`${folder} is left out: ${messageOf(thrown)}`);
      return undefined;
    }
  };
  for (const id of topLevel) {
    const zone = zoneAt(`${root}/${id}`);
    if (zone === undefined || packages.has(zone.name) || dram.has(zone.name)) continue;
    if (zone.name.startsWith("package")) packages.set(zone.name, { ...zone, id });
    else if (zone.name === "dram") dram.set(zone.name, zone);
  }
  for (const parent of packages.values()) {
    for (const id of subZones(files, root, parent.id, ids)) {
      const zone = zoneAt(id);
      if (zone?.name === "dram") dram.set(`${parent.name} dram`, { ...zone, name: `${parent.name} dram` });
    }
  }
  return { packages: [...packages.values()], dram: [...dram.values()], troubles };
}

/** Below the class folder sub-zones stand beside their packages; below the device folder, inside them. */
function subZones(
  files: Pick<Files, "listSync">,
  root: string,
  parent: string,
  ids: readonly string[],
): readonly string[] {
  const beside = ids.filter((id) => id.startsWith(`${parent}:`)).map((id) => `${root}/${id}`);
  if (beside.length > 0) return beside;
  const inside = files.listSync(`${root}/${parent}`).filter((id) => id.startsWith(`${parent}:`));
  return inside.map((id) => `${root}/${parent}/${id}`);
}
