/** `frugal convert`: a tuned model for other programs; how far each is from what was tuned is told. */
import { basename, join, resolve } from "node:path";
import { recorded } from "../../../journey/recorded.ts";
import { type AdaptedModel, ENGINE_TASKS, findAdapted } from "../../../learn/lora/find-adapted.ts";
import type { Receipt } from "../../../receipt/receipt.ts";
import { type ExportFormat, requireFormats } from "../../../recycle/export/export-formats.ts";
import type { Exported, ExportOrder } from "../../../recycle/export/export-messages.ts";
import { exportInProcess } from "../../../recycle/export/export-process.ts";
import { receiptLine } from "../../../report/receipt-line.ts";
import { carbonFlags } from "../carbon-options.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { warnOfSettings, warnUnstored } from "../receipt-notes.ts";

export async function convert(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const given = (name: string): string | undefined => options[name] as string | undefined;
  const [model, task] = [given("model"), given("task")];
  const formats = options["to"] as readonly ExportFormat[];
  const adapted = await findAdapted(context.world, {
    adapter: given("adapter")!,
    ...(model !== undefined && { model }),
    ...(task !== undefined && { task }),
  });
  warnOfSettings(context.warn, adapted);
  requireFormats("--to", adapted.task.task, formats);
  const out = resolve(context.world.cwd, given("out")!);
  const orders = formats.length === 1 ? [{ format: formats[0]!, out }] : inFolders(out, formats);
  const { exported, receipt } = await exportRecorded(context, { model: adapted, orders }, options);
  if (context.json)
    await context.printJson({ adapter: adapted.adapter, base: adapted.base, exported, receipt });
  else await context.print(exported.map(exportLine).join("\n"));
  return 0;
}

export const inFolders = (out: string, formats: readonly ExportFormat[]): readonly ExportOrder[] =>
  formats.map((format) => ({ format, out: join(out, format) }));

export const exportLine = ({ format, out, largest, bound }: Exported): string =>
  `${out}: ${format}, largest difference ${largest === 0 ? 0 : largest.toExponential(1)} of the largest answer (allowed: ${bound})`;

/** Exports under a meter; the receipt is noted. */
export async function exportRecorded(
  context: CliContext,
  request: { readonly model: AdaptedModel; readonly orders: readonly ExportOrder[] },
  options: OptionValues,
): Promise<{ readonly exported: readonly Exported[]; readonly receipt: Receipt }> {
  const { model, orders } = request;
  const subject = {
    type: "model",
    id: basename(model.adapter),
    task: ENGINE_TASKS[model.task.task],
  } as const;
  const formats = orders.map(({ format }) => format).join(",");
  const { value, receipt, stored } = await recorded(
    context.world,
    { kind: "run", subject, warn: context.warn, ...carbonFlags(options) },
    async (_meter, energySoFarJ) => {
      context.progress({ kind: "phase", name: "exporting", total: orders.length, unit: "formats" });
      let done = 0;
      const onMade = (): void =>
        context.progress({ kind: "advance", done: ++done, total: orders.length, energyJ: energySoFarJ() });
      const made = await exportInProcess(context.world, request, { onMade, signal: context.signal });
      const settings = { base: basename(model.base), export: formats };
      return { value: made, facts: { settings, work: { unit: "export", count: made.length } } };
    },
  );
  context.note(receiptLine(receipt));
  warnUnstored(context, stored);
  return { exported: value, receipt };
}
