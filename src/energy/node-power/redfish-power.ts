import { at } from "../external-meter/json-reading.ts";
import type { Redfish } from "./redfish-client.ts";

/** Where one chassis tells its power. */
export interface RedfishPower {
  /** Id of the chassis. */
  readonly chassis: string;
  /** For the reading's source: `EnvironmentMetrics.PowerWatts`. */
  readonly from: string;
  /** Watts now. Rejects when the controller cannot be asked, or tells none. */
  readW(): Promise<number>;
}

/** One way to find the power in the resources of a chassis (DMTF DSP0268, Redfish Schema Supplement). */
interface Way {
  /** Property of the chassis that links to the resource. */
  readonly link: string;
  readonly from: string;
  /** Watts in that resource; undefined when it tells none. */
  read(redfish: Redfish, resource: unknown): Promise<number | undefined>;
}

/** Best first: what the schema of 2020 on has, the older one, and the sum of the supplies' inputs. */
const WAYS: readonly Way[] = [
  {
    link: "EnvironmentMetrics",
    from: "EnvironmentMetrics.PowerWatts",
    read: async (_, resource) => watts(at(resource, "PowerWatts.Reading")),
  },
  {
    link: "Power",
    from: "Power.PowerControl[0].PowerConsumedWatts",
    // The first entry is that of the whole chassis; others are parts of it.
    read: async (_, resource) => watts(at(resource, "PowerControl[0].PowerConsumedWatts")),
  },
  { link: "PowerSubsystem", from: "input power of all supplies", read: suppliesInput },
];

const watts = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;

async function suppliesInput(redfish: Redfish, subsystem: unknown): Promise<number | undefined> {
  let sum: number | undefined;
  for (const supply of await members(redfish, linkOf(subsystem, "PowerSupplies"))) {
    const metrics = linkOf(await redfish.get(supply), "Metrics");
    if (metrics === undefined) continue;
    const input = watts(at(await redfish.get(metrics), "InputPowerWatts.Reading"));
    if (input !== undefined) sum = (sum ?? 0) + input;
  }
  return sum;
}

/** The chassis that tells a power: the one that was asked for, else the first. Throws an Error that lists them. */
export async function findRedfishPower(redfish: Redfish, wanted?: string): Promise<RedfishPower> {
  const chassis = await members(
    redfish,
    linkOf(await redfish.get("/redfish/v1/"), "Chassis") ?? "/redfish/v1/Chassis",
  );
  const seen: string[] = [];
  for (const path of chassis) {
    const resource = await redfish.get(path);
    const id = String(at(resource, "Id") ?? path.split("/").at(-1));
    seen.push(id);
    if (wanted !== undefined && wanted !== id) continue;
    for (const way of WAYS) {
      const link = linkOf(resource, way.link);
      if (link === undefined) continue;
      const found = await way.read(redfish, await redfish.get(link)).catch(() => undefined);
      if (found === undefined) continue;
      return {
        chassis: id,
        from: way.from,
        async readW() {
          const now = await way.read(redfish, await redfish.get(link));
          if (now === undefined) throw new Error(`the controller no longer tells ${way.from}`);
          return now;
        },
      };
    }
  }
  throw new Error(`no chassis of ${seen.length === 0 ? "none" : seen.join(", ")} tells its power`);
}

async function members(redfish: Redfish, path: string | undefined): Promise<readonly string[]> {
  if (path === undefined) return [];
  const list = at(await redfish.get(path), "Members");
  return Array.isArray(list) ? list.flatMap((each) => idOf(each) ?? []) : [];
}

const linkOf = (resource: unknown, property: string): string | undefined => idOf(at(resource, property));

/** `@odata.id` has a dot in its name, which a JSON path cannot have. */
function idOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("@odata.id" in value)) return undefined;
  const id = value["@odata.id"];
  return typeof id === "string" ? id : undefined;
}
