/** `frugal export`: receipts from files or standard input, in the words of another system. */
import { resolve } from "node:path";
import { FrugalError, messageOf, systemCode, unwritable } from "../../../core/error.ts";
import { unreadable } from "../../../engines/clear-files.ts";
import type { Receipt } from "../../../receipt/receipt.ts";
import { receiptsIn } from "../../../receipt/receipts-in.ts";
import { type BoampsReport, toBoamps } from "../../../report/export/boamps.ts";
import { toImpactManifest } from "../../../report/export/impact-manifest.ts";
import { toJsonLines } from "../../../report/export/json-lines.ts";
import { toOtlp } from "../../../report/export/otlp-json.ts";
import { toPrometheus } from "../../../report/export/prometheus-text.ts";
import { type PushTarget, pushOtlp, pushPrometheus } from "../../../report/export/push.ts";
import { receiptMetrics } from "../../../report/export/receipt-metrics.ts";
import { counted } from "../../../report/number-words.ts";
import type { CliContext, OptionValues } from "../command.ts";
import type { ExportFormat } from "../commands/export.ts";
import { badOption } from "../program.ts";
import { writeData } from "../write-data.ts";

type Render = (receipts: readonly Receipt[], context: CliContext, facts: BoampsReport) => string;
const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const RENDERERS: Readonly<Record<ExportFormat, Render>> = {
  prometheus: (receipts) => toPrometheus(receiptMetrics(receipts).families),
  otlp: (receipts) => jsonText(toOtlp(receiptMetrics(receipts))),
  jsonl: toJsonLines,
  boamps: boampsText,
  "impact-framework": (receipts, context) => {
    withEnergy(receipts, context);
    return toImpactManifest(receipts);
  },
};
const IN_JSON: ReadonlySet<ExportFormat> = new Set(["otlp", "jsonl", "boamps"]);

export async function exportReceipts(
  context: CliContext,
  args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const format = options["format"] as ExportFormat;
  const push = options["push"] as string | undefined;
  const output = options["output"] as string | undefined;
  checkOptions(context, format, options);
  const facts = await readFacts(context, options["facts"] as string | undefined);
  const texts = await readAll(context, args);
  const all = texts.flatMap(({ name, text }) => receiptsIn(name, text));
  // A receipt that came in twice was still one run.
  const receipts = [...new Map(all.map((receipt) => [receipt.id, receipt])).values()];
  if (receipts.length === 0) {
    throw new FrugalError({
      code: "empty-input",
      what: args.join(", "),
      why: "there is no receipt in it",
      remedy: "give what frugal track --json or frugal log export wrote",
    });
  }
  if (push !== undefined) {
    const headers = Object.fromEntries(
      (options["header"] as (readonly [string, string])[] | undefined) ?? [],
    );
    await pushAs(context, format, receipts, { url: push, headers, signal: context.signal });
    return 0;
  }
  const text = RENDERERS[format](receipts, context, facts);
  if (output === undefined) await writeData(context.world.terminal, text);
  else await writeFile(context, output, text);
  return 0;
}

function checkOptions(context: CliContext, format: ExportFormat, options: OptionValues): void {
  const canPush = format === "prometheus" || format === "otlp";
  if (options["push"] !== undefined && !canPush)
    throw badOption("--push", format, "push prometheus or otlp; write the others with --output");
  if (options["push"] !== undefined && options["output"] !== undefined)
    throw badOption("--output", String(options["output"]), "leave it out: --push sends instead of writing");
  if (options["header"] !== undefined && options["push"] === undefined)
    throw badOption("--header", "…", "it goes with --push");
  if (options["facts"] !== undefined && format !== "boamps")
    throw badOption("--facts", String(options["facts"]), "it goes with --format boamps");
  if (context.json && options["push"] === undefined && !IN_JSON.has(format))
    throw badOption("--format", format, "leave out --json: this format has its own text");
}

async function pushAs(
  { world, json, note, printJson }: CliContext,
  format: ExportFormat,
  receipts: readonly Receipt[],
  target: PushTarget,
): Promise<void> {
  const metrics = receiptMetrics(receipts);
  if (format === "otlp") await pushOtlp(world, target, toOtlp(metrics));
  else await pushPrometheus(world, target, metrics.families);
  if (json) await printJson({ pushed: receipts.length });
  else note(`pushed ${counted(receipts.length, "receipt")}`);
}

/** One report, or a list of them where several receipts came in. */
function boampsText(receipts: readonly Receipt[], context: CliContext, more: BoampsReport): string {
  const facts = { reportedAt: context.world.clock.stamp(), more };
  const [only, ...others] = receipts;
  if (only !== undefined && others.length === 0) return jsonText(toBoamps(only, facts));
  return jsonText(withEnergy(receipts, context).map((receipt) => toBoamps(receipt, facts)));
}

function withEnergy(receipts: readonly Receipt[], context: CliContext): readonly Receipt[] {
  const found = receipts.filter(({ energy }) => energy.total_j !== undefined);
  const lacking = receipts.length - found.length;
  if (lacking > 0)
    context.warn(
      `${counted(lacking, "receipt")} without energy left out`,
      "this format has no word for what nobody could read",
    );
  return found;
}

async function readAll(
  { world, signal }: CliContext,
  names: readonly string[],
): Promise<readonly { readonly name: string; readonly text: string }[]> {
  const texts = [];
  for (const name of names) {
    signal.throwIfAborted();
    texts.push(
      name === "-"
        ? { name: "standard input", text: await textOf(world.terminal.input()) }
        : { name, text: await readText(world, name) },
    );
  }
  return texts;
}

async function textOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part.slice());
  return Buffer.concat(parts).toString("utf8");
}

async function readText({ files, cwd }: CliContext["world"], name: string): Promise<string> {
  try {
    return await files.readText(resolve(cwd, name));
  } catch (thrown) {
    if (systemCode(thrown) !== "ENOENT") throw unreadable(name, thrown);
    throw new FrugalError({
      code: "file-missing",
      what: name,
      why: "there is no such file",
      remedy: "check the path, or give - for standard input",
      cause: thrown,
    });
  }
}

async function readFacts({ world }: CliContext, file: string | undefined): Promise<BoampsReport> {
  if (file === undefined) return {};
  const text = await readText(world, file);
  const unfit = (why: string, cause?: unknown): FrugalError =>
    new FrugalError({
      code: "bad-data",
      what: `${file} cannot be used as facts`,
      why,
      remedy: "give a JSON object with parts of a BoAmps report; docs/exports.md shows one",
      cause,
    });
  let facts: unknown;
  try {
    facts = JSON.parse(text);
  } catch (thrown) {
    throw unfit(`it is not JSON: ${messageOf(thrown)}`, thrown);
  }
  if (typeof facts !== "object" || facts === null || Array.isArray(facts)) throw unfit("it is not an object");
  return facts as BoampsReport;
}

async function writeFile({ world }: CliContext, output: string, text: string): Promise<void> {
  try {
    await world.files.writeAtomic(resolve(world.cwd, output), text);
  } catch (thrown) {
    throw unwritable(`cannot write ${output}`, thrown, "name another file with --output");
  }
}
