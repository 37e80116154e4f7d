/** `npm run demo`: runs both jobs, says the answers, and where the report lies. */
import { join, relative, resolve } from "node:path";
import { formatDuration, formatEnergy } from "../../../core/format-quantity.ts";
import { joules, seconds } from "../../../core/quantity.ts";
import { runDemo } from "../../../journey/demo/run-demo.ts";
import { choiceText } from "../../../report/choice-text.ts";
import { carbonFlags } from "../carbon-options.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { warnUnstored } from "../receipt-notes.ts";

export async function demo(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const { world, signal, progress } = context;
  const folder = resolve(world.cwd, String(options["out"]));
  const begun = world.clock.now();
  const { record, unstored, models } = await runDemo(world, {
    folder,
    seeds: Array.from({ length: Number(options["seeds"]) }, (_, at) => at + 1),
    carbon: carbonFlags(options),
    warn: context.warn,
    signal,
    progress,
  });
  if (context.json) await context.printJson(record);
  else await context.print(choiceText(record.choices));
  const shown = (path: string): string => relative(world.cwd, path) || ".";
  const spent = record.receipts.reduce((sum, { energy }) => sum + (energy.total_j?.value ?? 0), 0);
  const took = formatDuration(seconds(world.clock.now() - begun));
  context.note(`${took}, ${formatEnergy(joules(spent))} in ${record.receipts.length} receipts`);
  context.note(`report: ${shown(join(folder, "index.html"))}`);
  for (const model of models) context.note(`model: ${shown(model)}`);
  if (unstored !== undefined) warnUnstored(context, { state: "failed", error: unstored });
  return record.choices.every(({ picked }) => picked !== undefined) ? 0 : 1;
}
