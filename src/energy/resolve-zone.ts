import { frugalHome } from "../core/environment.ts";
import { FrugalError, messageOf, systemCode } from "../core/error.ts";
import type { Environment, Files, Machine } from "../core/ports.ts";

/** A place and who named it; no zone when nobody did. */
export interface ZoneChoice {
  readonly zone?: string;
  readonly from: "flag" | "environment" | "config" | "default";
}

export interface ZoneWorld {
  readonly files: Pick<Files, "readText">;
  readonly env: Environment;
  readonly machine: Pick<Machine, "homeFolder">;
}

/**
 * Where the electricity comes from: the flag, else FRUGAL_ZONE, else `zone` in FRUGAL_HOME/config.json. Never guessed
 * from the network. A damaged config throws "bad-data", an unreadable one "file-unreadable".
 */
export async function resolveZone(world: ZoneWorld, flag?: string): Promise<ZoneChoice> {
  if (flag !== undefined) return { zone: flag, from: "flag" };
  const named = world.env["FRUGAL_ZONE"];
  if (named !== undefined && named !== "") return { zone: named, from: "environment" };
  const zone = await configuredZone(world);
  return zone === undefined ? { from: "default" } : { zone, from: "config" };
}

async function configuredZone(world: ZoneWorld): Promise<string | undefined> {
  const path = `${frugalHome(world.env, world.machine)}/config.json`;
  let text: string;
  try {
    text = await world.files.readText(path);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT" || systemCode(thrown) === "ENOTDIR") return undefined;
    throw new FrugalError({
      code: "file-unreadable",
      what: `cannot read ${path}`,
      why: systemCode(thrown) ?? messageOf(thrown),
      remedy: "give this user read access, or name the zone by --zone or FRUGAL_ZONE",
      cause: thrown,
    });
  }
  return zoneIn(text, path);
}

function zoneIn(text: string, path: string): string | undefined {
  const damaged = (why: string, cause?: unknown): FrugalError =>
    new FrugalError({
      code: "bad-data",
      what: path,
      why,
      remedy: 'write JSON such as {"zone": "FR"}, or remove the file',
      cause,
    });
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (thrown) {
    throw damaged(`it is not JSON (${messageOf(thrown)})`, thrown);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw damaged("it is not an object");
  if (!("zone" in config)) return undefined;
  if (typeof config.zone !== "string" || config.zone === "") throw damaged("zone is not a text");
  return config.zone;
}
