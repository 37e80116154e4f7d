import type { Environment } from "../core/ports.ts";

/** Below /run, which is emptied at boot and writable by root only (Filesystem Hierarchy Standard 3.0, 3.15). */
export const DEFAULT_SENSORD_PATH = "/run/frugal/sensord.sock";

/** Where the daemon's socket is: FRUGAL_SENSORD, else the default; undefined for `off`. */
export function sensordPath(env: Environment): string | undefined {
  const own = env["FRUGAL_SENSORD"];
  return own === "off" ? undefined : own || DEFAULT_SENSORD_PATH;
}
