import { FrugalError } from "../../../core/error.ts";
import type { SourcedFigure } from "../../../receipt/build-carbon.ts";
import { nearMatches } from "../grid/near-matches.ts";
import { CLOUD_TABLES, type CloudProvider } from "./cloud-tables.ts";

/** A data centre region of a cloud provider and the grid that feeds it. */
export interface CloudRegion {
  /** `aws:eu-west-3`. */
  readonly id: string;
  readonly provider: CloudProvider;
  readonly place: string;
  readonly zone: string;
  /** A second grid that may feed it. */
  readonly otherZone?: string;
  /** ISO 3166-1, two letters. */
  readonly country: string;
  readonly pue?: SourcedFigure;
  readonly source: string;
}

export const CLOUD_PROVIDERS: readonly CloudProvider[] = ["aws", "gcp", "azure"];

export const cloudRegions = (): readonly CloudRegion[] =>
  CLOUD_PROVIDERS.flatMap((provider) =>
    CLOUD_TABLES[provider].rows
      .trim()
      .split("\n")
      .map((row) => regionOf(provider, row)),
  );

function regionOf(provider: CloudProvider, row: string): CloudRegion {
  const table = CLOUD_TABLES[provider];
  const [region, place, zones, pue] = row.split(" | ") as [string, string, string, string?];
  const [zone, otherZone] = zones.split(",") as [string, string?];
  return {
    id: `${provider}:${region}`,
    provider,
    place,
    zone,
    // Zone keys begin with the country's code (Electricity Maps, config/zones).
    country: zone.slice(0, 2),
    source: table.regionsSource,
    ...(otherZone !== undefined && { otherZone }),
    ...(pue !== undefined && {
      pue: { value: Number(pue), source: `${table.name}, ${table.pueYear}: ${table.pueSource}` },
    }),
  };
}

/** `aws:eu-west-3` in any case; Azure's display names (`azure:West Europe`) too. undefined: the table lacks it. */
export function findCloudRegion(id: string): CloudRegion | undefined {
  const wanted = id.toLowerCase().replaceAll(/\s/g, "");
  return cloudRegions().find((region) => region.id === wanted);
}

/** As `findCloudRegion`, for what a user wrote. Throws "carbon-zone-unknown" with near matches. */
export function cloudRegion(id: string): CloudRegion {
  const found = findCloudRegion(id);
  if (found !== undefined) return found;
  const names = cloudRegions().map((region) => region.id);
  const near = nearMatches(id.trim().toLowerCase(), names);
  const suggestion = near.length > 0 ? `did you mean ${near.join(", ")}? ` : "";
  throw new FrugalError({
    code: "carbon-zone-unknown",
    what: `cloud region ${id}`,
    why: "it is not in the table of cloud regions",
    remedy: `${suggestion}write PROVIDER:REGION with ${CLOUD_PROVIDERS.join(", ")}, or name the grid zone instead`,
  });
}

/** Whether a place is named as a cloud region and not as a zone. */
export const isCloudName = (text: string): boolean => text.includes(":");
