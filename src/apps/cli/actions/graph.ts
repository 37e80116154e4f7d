/**
 * `frugal graph FILE.onnx`: what a model is, without running it. The file may come from anybody: it is read here and not in a child
 * process because the reader is plain JavaScript that checks every length, and nothing of the file is executed.
 */
import { resolve } from "node:path";
import { FrugalError } from "../../../core/error.ts";
import { nearest } from "../../../engines/nearest.ts";
import { readOnnxModel } from "../../../formats/onnx/read-model.ts";
import { importModel } from "../../../graph/import.ts";
import { bindSizes, openSizes, type Sizes } from "../../../graph/summary/sizes.ts";
import { summarize } from "../../../graph/summary/summarize.ts";
import { printable } from "../../../report/printable.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { graphJson } from "../graph-json.ts";
import { graphText } from "../graph-text.ts";
import { badOption } from "../program.ts";

export async function graph(
  context: CliContext,
  args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const { world } = context;
  const file = args[0] ?? "";
  const given = new Map<string, number>();
  for (const [name, size] of (options["size"] ?? []) as (readonly [string, number])[]) {
    if (given.has(name)) throw badOption("--size", `${name}=${size}`, "give each name once");
    given.set(name, size);
  }
  const model = await readOnnxModel(world.files, resolve(world.cwd, file));
  context.signal.throwIfAborted();
  const symbols = openSizes(model);
  for (const name of given.keys()) if (!symbols.includes(name)) throw unknownSize(name, symbols);
  const sizes = bindSizes(model, given);
  const summary = summarize(importModel(model, sizes.bound));
  const shown = { file, model, sizes, summary };
  if (context.json) {
    await context.printJson(graphJson(shown));
    return 0;
  }
  await context.print(graphText(shown));
  noteSizes(context, sizes);
  return 0;
}

function noteSizes(context: CliContext, { assumed, open }: Sizes): void {
  if (assumed.size > 0) {
    const sizes = [...assumed].map(([name, size]) => `${printable(name)}=${size}`);
    context.note(`sizes that nobody gave are assumed: ${sizes.join(", ")} (--size NAME=NUMBER sets them)`);
  }
  for (const name of open) {
    context.note(
      `the size ${printable(name)} has no number: --size ${printable(name)}=NUMBER makes its work and memory known`,
    );
  }
}

function unknownSize(name: string, symbols: readonly string[]): FrugalError {
  const meant = nearest(name, symbols);
  return new FrugalError({
    code: "bad-option",
    what: `--size ${name}`,
    why:
      symbols.length === 0
        ? "every size of this model's inputs is a number"
        : "no input has a size of that name",
    remedy:
      symbols.length === 0
        ? "leave it out"
        : meant === undefined
          ? `use one of: ${symbols.map(printable).join(", ")}`
          : `did you mean ${printable(meant)}?`,
  });
}
