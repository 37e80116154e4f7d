/** `frugal log export`: all receipts, oldest first, as JSON (one receipt per line) or CSV. */
import { resolve } from "node:path";
import { unwritable } from "../../../core/error.ts";
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
  const format = (options["format"] as "json" | "csv" | undefined) ?? "json";
  if (context.json && format === "csv") throw badOption("--format", format, "leave out --json");
  const output = options["output"] as string | undefined;
  await withLedger(context, async (ledger) => {
    const receipts = ledger.receipts({ ...queryOf(options), order: "oldest" });
    const text = format === "csv" ? csvText(receipts) : jsonText(receipts);
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

async function* jsonText(receipts: Receipts): AsyncGenerator<string> {
  let before = "[\n";
  for await (const receipt of receipts) {
    yield before + JSON.stringify(receipt);
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}

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
