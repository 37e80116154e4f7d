/** `frugal import emissions.csv`: CodeCarbon's rows become receipts; the same row always the same receipt. */
import { resolve } from "node:path";
import { FrugalError, messageOf, systemCode } from "../../../core/error.ts";
import { parseEmissions } from "../../../journey/codecarbon/parse-emissions.ts";
import { writePending } from "../../../ledger/pending.ts";
import { counted } from "../../../report/number-words.ts";
import type { CliContext } from "../command.ts";
import { homeOf, withLedger } from "../ledger-session.ts";

/** Longer lists of lines hide the rest of the screen; --json has all. */
const SHOWN = 20;

export async function importFile(context: CliContext, args: readonly string[]): Promise<number> {
  const { world } = context;
  const file = args[0] ?? "";
  const { receipts, refused, fallbackLines } = parseEmissions(await textOf(context, file), file);
  const fresh = await withLedger(context, async (ledger) => {
    const missing = [];
    for (const receipt of receipts) if ((await ledger.find(receipt.id)).length === 0) missing.push(receipt);
    return missing;
  });
  for (const receipt of fresh) {
    context.signal.throwIfAborted();
    await writePending(world.files, homeOf(context), receipt);
  }
  for (const { line, why } of refused.slice(0, SHOWN)) {
    context.warn(`${file}:${line} was not imported: ${why}`, "correct the row and import the file again");
  }
  if (refused.length > SHOWN)
    context.warn(`${refused.length - SHOWN} more rows were not imported`, "--json lists all");
  if (fallbackLines.length > 0) {
    context.warn(
      `${counted(fallbackLines.length, "row")} may have a place that nobody set (Quebec, Canada; first on line ${fallbackLines[0]}): CodeCarbon writes it when it cannot look up the location`,
      "their emissions may be far too low; their receipts say so",
    );
  }
  const known = receipts.length - fresh.length;
  if (context.json)
    await context.printJson({
      imported: fresh.map(({ id }) => id),
      already_there: known,
      refused,
      fallback_lines: fallbackLines,
    });
  else
    await context.print(
      `${counted(fresh.length, "receipt")} imported, ${known} already there, ${counted(refused.length, "row")} refused`,
    );
  return refused.length === 0 ? 0 : 1;
}

async function textOf({ world }: CliContext, file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await world.files.readBytes(resolve(world.cwd, file));
  } catch (thrown) {
    const missing = systemCode(thrown) === "ENOENT";
    throw new FrugalError({
      code: missing ? "file-missing" : "file-unreadable",
      what: `cannot read ${file}`,
      why: missing ? "there is no such file" : (systemCode(thrown) ?? messageOf(thrown)),
      remedy: missing ? "check the path" : "check its permissions",
      cause: thrown,
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FrugalError({
      code: "not-utf8",
      what: `cannot read ${file}`,
      why: "it is not UTF-8",
      remedy: "convert it, for example with iconv -t utf-8",
      cause,
    });
  }
}
