/** `frugal log export`: all receipts, oldest first, as JSON (one receipt per line), CSV or CodeCarbon's emissions.csv. */
import { resolve } from "node:path";
import { unwritable } from "../../../core/error.ts";
import { csvLine } from "../../../formats/csv.ts";
import { EMISSIONS_COLUMNS } from "../../../formats/emissions-columns.ts";
import type { Ledger } from "../../../ledger/open-ledger.ts";
import { csvHeader, csvRow } from "../../../report/receipt-csv.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { queryOf, withLedger } from "../ledger-session.ts";
import { badOption } from "../program.ts";
import { writeData } from "../write-data.ts";

export async function logExport(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const format = (options["format"] as keyof typeof TEXTS | undefined) ?? "json";
  if (context.json && format !== "json") throw badOption("--format", format, "leave out --json");
  const output = options["output"] as string | undefined;
  await withLedger(context, async (ledger) => {
    const receipts = ledger.receipts({ ...queryOf(options), order: "oldest" });
    const text = TEXTS[format](receipts);
    if (output === undefined) {
      for await (const part of text) await writeData(context.world.terminal, part);
    } else await writeFile(context, output, text);
  });
  return 0;
}

type Receipts = ReturnType<Ledger["receipts"]>;

async function* csvText(receipts: Receipts): AsyncGenerator<string> {
  yield csvHeader();
  for await (const receipt of receipts) yield csvRow(receipt);
}

async function* emissionsText(receipts: Receipts): AsyncGenerator<string> {
  const { emissionsRow } = await import("../../../journey/codecarbon/emissions-row.ts");
  yield csvLine(EMISSIONS_COLUMNS);
  for await (const receipt of receipts) {
    const row = emissionsRow(receipt);
    yield csvLine(EMISSIONS_COLUMNS.map((column) => row[column]));
  }
}

async function* jsonText(receipts: Receipts): AsyncGenerator<string> {
  let before = "[\n";
  for await (const receipt of receipts) {
    yield before + JSON.stringify(receipt);
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}

const TEXTS = { json: jsonText, csv: csvText, "emissions-csv": emissionsText };

async function writeFile(context: CliContext, output: string, text: AsyncIterable<string>): Promise<void> {
  // In pieces: one string can hold at most half a gigabyte.
  const parts: Buffer[] = [];
  for await (const part of text) parts.push(Buffer.from(part));
  try {
    await context.world.files.writeAtomic(resolve(context.world.cwd, output), Buffer.concat(parts));
  } catch (thrown) {
    throw unwritable(`cannot write ${output}`, thrown, "name another file with --output");
  }
}
