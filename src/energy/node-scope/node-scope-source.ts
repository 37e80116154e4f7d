import { FrugalError } from "../../core/error.ts";
import type { Environment } from "../../core/ports.ts";
import type { Found, SensorOptions, SourceContext } from "../sensor.ts";

export const SCOPE = "FRUGAL_SCOPE";

/**
 * The whole machine estimated from its parts, for users who ask for it by FRUGAL_SCOPE=node and have neither a meter nor
 * a calibration. Never added for anybody else. Throws "bad-option" for another word.
 */
export async function openNodeScope(context: SourceContext): Promise<Found> {
  if (scopeOf(context.options, context.world.env) === "parts") return { sensors: [], unavailable: [] };
  return (await import("./supply-estimate.ts")).openSupplyEstimate(context);
}

export function scopeOf(options: Pick<SensorOptions, "scope">, env: Environment): "parts" | "node" {
  if (options.scope !== undefined) return options.scope;
  const word = env[SCOPE]?.trim() ?? "";
  if (word === "" || word === "parts") return "parts";
  if (word === "node") return "node";
  throw new FrugalError({
    code: "bad-option",
    what: `${SCOPE}=${word}`,
    why: "there is no such scope",
    remedy: `use ${SCOPE}=node to estimate the whole machine, or unset it to count what can be read`,
  });
}
