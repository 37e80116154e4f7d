import { frugalHome } from "../../core/environment.ts";
import { FrugalError, messageOf, systemCode } from "../../core/error.ts";
import type { Environment, Files, Machine } from "../../core/ports.ts";

export const METER = "FRUGAL_METER";

/**
 * The external meter that the user named: FRUGAL_METER, else `meter` in FRUGAL_HOME/config.json. Undefined when nobody
 * named one; throws "bad-data" or "file-unreadable" for a config that cannot be used.
 */
export function meterSetting(world: {
  readonly files: Pick<Files, "readTextSync">;
  readonly env: Environment;
  readonly machine: Pick<Machine, "homeFolder">;
}): string | undefined {
  const named = world.env[METER];
  if (named !== undefined && named.trim() !== "") return named.trim();
  const path = `${frugalHome(world.env, world.machine)}/config.json`;
  let text: string;
  try {
    text = world.files.readTextSync(path);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT" || systemCode(thrown) === "ENOTDIR") return undefined;
    throw broken("file-unreadable", path, systemCode(thrown) ?? messageOf(thrown));
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (thrown) {
    throw broken("bad-data", path, `it is not JSON (${messageOf(thrown)})`);
  }
  if (typeof config !== "object" || config === null || !("meter" in config)) return undefined;
  if (typeof config.meter === "string" && config.meter.trim() !== "") return config.meter.trim();
  throw broken("bad-data", path, "meter is not a text");
}

const broken = (code: "bad-data" | "file-unreadable", what: string, why: string): FrugalError =>
  new FrugalError({
    code,
    what,
    why,
    remedy: `correct it, as {"meter": "csv:/var/log/power.csv"}, or name the meter by ${METER}`,
  });
