import { frugalHome } from "../../core/environment.ts";
import type { Environment, Machine } from "../../core/ports.ts";

export const calibrationFolder = (world: {
  readonly env: Environment;
  readonly machine: Pick<Machine, "homeFolder">;
}): string => `${frugalHome(world.env, world.machine)}/calibration`;
