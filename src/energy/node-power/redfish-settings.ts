import { isOn } from "../../core/environment.ts";
import { FrugalError } from "../../core/error.ts";
import type { Environment } from "../../core/ports.ts";

export interface RedfishSettings {
  /** Scheme and host. */
  readonly origin: string;
  readonly user: string;
  readonly password: string;
  /** Id of the chassis to read; the first that tells a power unless told. */
  readonly chassis?: string;
  readonly allowSelfSigned: boolean;
}

const NAME = "FRUGAL_REDFISH";
export const SELF_SIGNED: string = `${NAME}_SELF_SIGNED`;

/** From FRUGAL_REDFISH_URL, _USER, _PASSWORD, _CHASSIS and _SELF_SIGNED; undefined without a URL. Throws "bad-option". */
export function redfishSettings(env: Environment): RedfishSettings | undefined {
  const text = env[`${NAME}_URL`]?.trim();
  if (!text) return undefined;
  const unfit = (what: string, why: string, remedy: string): FrugalError =>
    new FrugalError({ code: "bad-option", what, why, remedy });
  const example = `${NAME}_URL=https://bmc.example`;
  if (!URL.canParse(text)) throw unfit(`${NAME}_URL`, "it is not a URL", `write ${example}`);
  const { protocol, hostname, origin, username } = new URL(text);
  const isOwn = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && isOwn))
    throw unfit(`${NAME}_URL`, "the password would travel in the clear", `use https: ${example}`);
  if (username !== "")
    throw unfit(`${NAME}_URL`, "it holds a user", `give ${NAME}_USER and ${NAME}_PASSWORD instead`);
  const [user, password] = [env[`${NAME}_USER`], env[`${NAME}_PASSWORD`]];
  if (!user || !password)
    throw unfit(
      `${NAME}_URL`,
      "there is no user or no password",
      `set ${NAME}_USER and ${NAME}_PASSWORD; an account that may only read is enough`,
    );
  const chassis = env[`${NAME}_CHASSIS`];
  return { origin, user, password, ...(chassis && { chassis }), allowSelfSigned: isOn(env[SELF_SIGNED]) };
}
