/** What `--codecarbon` and `--emissions-csv` do before and after measured work. */
import { join, resolve } from "node:path";
import { messageOf, systemCode } from "../../core/error.ts";
import type { World } from "../../core/ports.ts";
import type { CarbonConfig } from "../../energy/carbon/carbon-config.ts";
import type { Recorded } from "../../journey/recorded.ts";
import type { CliContext, OptionValues } from "./command.ts";

export interface EmissionsOutput {
  /** With what CodeCarbon's settings say of the hardware. */
  readonly world: World;
  readonly beneath: CarbonConfig;
  /** CodeCarbon's `measure_power_secs`, where `monitor` asked for it. */
  readonly intervalS?: number;
  /** The work is done: a file that cannot be written is a warning. */
  write(recorded: Recorded<unknown>): Promise<void>;
}

/**
 * Throws "bad-option" for a wrong setting: before the work. Does nothing unless one of the two options was given.
 * @param monitors true for a command that measures the machine interval by interval: it has no process whose share a row
 * could tell.
 */
export async function emissionsOutput(
  context: CliContext,
  options: OptionValues,
  { monitors = false }: { readonly monitors?: boolean } = {},
): Promise<EmissionsOutput> {
  const { world } = context;
  const file = options["emissionsCsv"] as string | undefined;
  if (file === undefined && options["codecarbon"] !== true)
    return { world, beneath: {}, write: async () => {} };
  const { readCodecarbonSettings } = await import("../../journey/codecarbon/codecarbon-settings.ts");
  const read = await readCodecarbonSettings(world, { interval: monitors });
  const settings = monitors ? { ...read, row: { ...read.row, tracking: "machine" as const } } : read;
  if (settings.unused.length > 0) {
    context.warn(
      `settings of CodeCarbon without effect here: ${settings.unused.join(", ")}`,
      "docs/codecarbon.md lists all keys; take them out to silence this",
    );
  }
  const named = settings.file && join(settings.file.folder, settings.file.name);
  const target = file ?? named;
  const path = target === undefined ? undefined : resolve(world.cwd, target);
  return {
    world: { ...world, env: { ...settings.env, ...world.env } },
    beneath: settings.carbon,
    ...(settings.intervalS !== undefined && { intervalS: settings.intervalS }),
    async write(recorded) {
      if (path === undefined) return;
      const { writeEmissions } = await import("../../journey/codecarbon/write-emissions.ts");
      try {
        const { movedTo } = await writeEmissions(world, path, recorded, settings);
        if (movedTo !== undefined) context.note(`${target} had other columns: it is now ${movedTo}`);
      } catch (thrown) {
        context.warn(
          `cannot write ${target}: ${systemCode(thrown) ?? messageOf(thrown)}`,
          "the receipt has the same figures: frugal log export --format emissions-csv",
        );
      }
    },
  };
}
