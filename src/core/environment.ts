import type { Environment, Machine } from "./ports.ts";

/** True = 1, on, yes, true in any case: the rule of the Hub's own client (huggingface_hub, constants.py). */
export const isOn = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? "");

/** Where frugal keeps its ledger and settings: FRUGAL_HOME, else the XDG data folder (XDG Base Directory 0.8). */
export function frugalHome(env: Environment, machine: Pick<Machine, "homeFolder">): string {
  const own = env["FRUGAL_HOME"];
  if (own !== undefined && own !== "") return own;
  const xdg = env["XDG_DATA_HOME"];
  // The specification says that a relative path must be ignored.
  const base = xdg?.startsWith("/") ? xdg : `${machine.homeFolder}/.local/share`;
  return `${base}/frugal`;
}

/** No socket may be opened: FRUGAL_OFFLINE, HF_HUB_OFFLINE or its alias TRANSFORMERS_OFFLINE. */
export const isOffline = (env: Environment): boolean =>
  ["FRUGAL_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"].some((name) => isOn(env[name]));
