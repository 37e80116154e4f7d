import { FrugalError } from "../../core/error.ts";
import type { CarbonRecord } from "../../receipt/receipt.ts";
import type { CarbonConfig } from "./carbon-config.ts";
import type { CloudRegion } from "./cloud/cloud-region.ts";
import { platformRegion } from "./cloud/platform-region.ts";
import type { FetchWorld } from "./live/fetch-text.ts";

/** Where the electricity comes from and who said so; neither zone nor region when nobody did. */
export interface Place {
  readonly zone?: string;
  readonly region?: CloudRegion;
  readonly from: CarbonRecord["zone_from"];
  readonly notes: readonly string[];
}

export interface PlaceFlags {
  readonly zone?: string;
  /** `aws:eu-west-3`, or `metadata`: ask the machine's metadata address. */
  readonly cloud?: string;
}

const METADATA = "metadata";

/**
 * The flags, else FRUGAL_ZONE or FRUGAL_CLOUD, else the config, else the cloud platform that runs us. Nothing is
 * guessed and nothing is asked of the network, unless `metadata` stands in place of a region. Throws "bad-option" for
 * two flags and "carbon-zone-unknown" for a region that is not in the table; what only a platform says never throws.
 */
export async function resolvePlace(
  world: FetchWorld,
  flags: PlaceFlags,
  config: Pick<CarbonConfig, "zone" | "cloud">,
): Promise<Place> {
  if (flags.zone !== undefined && flags.cloud !== undefined) {
    throw new FrugalError({
      code: "bad-option",
      what: `--zone ${flags.zone} --cloud ${flags.cloud}`,
      why: "both name the place",
      remedy: "give one of them",
    });
  }
  const { FRUGAL_ZONE: zone, FRUGAL_CLOUD: cloud } = world.env;
  const environment = { ...(zone && { zone }), ...(cloud && { cloud }) };
  const notes: string[] = [];
  for (const [from, named] of [
    ["flag", flags],
    ["environment", environment],
    ["config", config],
  ] as const) {
    if (named.zone !== undefined) return { zone: named.zone, from, notes };
    if (named.cloud === undefined) continue;
    if (named.cloud !== METADATA) {
      const { cloudRegion } = await import("./cloud/cloud-region.ts");
      return { region: cloudRegion(named.cloud), from, notes };
    }
    const { metadataRegion } = await import("./cloud/cloud-metadata.ts");
    const told = await metadataRegion(world);
    if (told !== undefined) return await toldPlace(told, "metadata", "the cloud's metadata", notes);
    notes.push("the cloud's metadata did not tell a region");
  }
  const told = platformRegion(world.env);
  return told === undefined
    ? { from: "default", notes }
    : await toldPlace(told, "environment", "the cloud platform", notes);
}

/** A region that a machine named: a new one that the table lacks leaves the place unknown, and says so. */
async function toldPlace(
  told: string,
  from: Place["from"],
  teller: string,
  notes: readonly string[],
): Promise<Place> {
  const { findCloudRegion } = await import("./cloud/cloud-region.ts");
  const region = findCloudRegion(told);
  if (region !== undefined) return { region, from, notes };
  return {
    from: "default",
    notes: [...notes, `${teller} tells the region ${told}, which is not in the table of cloud regions`],
  };
}
