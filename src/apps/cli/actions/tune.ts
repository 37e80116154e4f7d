/** `frugal tune`: a model learns from the user's examples; what it would cost is told first, what it cost afterwards. */
import { basename, resolve } from "node:path";
import { stringify } from "yaml";
import { FrugalError } from "../../../core/error.ts";
import { recorded } from "../../../journey/recorded.ts";
import { findAdapted } from "../../../learn/lora/find-adapted.ts";
import { CHECKPOINT_NAME } from "../../../learn/train/checkpoint.ts";
import type { Receipt } from "../../../receipt/receipt.ts";
import { type ExportFormat, requireFormats } from "../../../recycle/export/export-formats.ts";
import { type Recipe, readRecipe, settleRecipe } from "../../../recycle/tune/recipe.ts";
import { RECIPE_FIELDS } from "../../../recycle/tune/recipe-fields.ts";
import type { FromTuner, Preflight, TuneResult } from "../../../recycle/tune/tune-messages.ts";
import { tuneInProcess } from "../../../recycle/tune/tune-process.ts";
import { lossCurve } from "../../../report/loss-curve.ts";
import { modelCard } from "../../../report/model-card.ts";
import { receiptLine } from "../../../report/receipt-line.ts";
import { wilsonInterval } from "../../../score/wilson-interval.ts";
import { carbonFlags } from "../carbon-options.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { type EnergyForecast, forecastLine, preflightLines } from "../preflight-text.ts";
import { warnUnstored } from "../receipt-notes.ts";
import { exportLine, exportRecorded, inFolders } from "./convert.ts";

export async function tune(
  context: CliContext,
  args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const recipe = await recipeOf(context, args[0], options);
  const resume = options["resume"] === true;
  const dryRun = options["dryRun"] === true;
  const formats = (options["export"] ?? []) as readonly ExportFormat[];
  requireFormats("--export", recipe.task, formats);
  if (recipe.method === "full" && formats.length > 0) throw noExports(formats);
  await checkOut(context, recipe.out, resume);
  const told: Told = {};
  const {
    value: result,
    receipt,
    stored,
  } = await recorded(
    context.world,
    {
      kind: "train",
      subject: { type: "model", id: basename(recipe.model), task: recipe.task },
      warn: context.warn,
      ...carbonFlags(options),
    },
    async (_meter, energySoFarJ) => {
      const startedAt = context.world.clock.now();
      const watch = { startedAt, energySoFarJ, dryRun };
      const onMessage = (message: FromTuner): void => tell(context, told, message, watch);
      const made = await tuneInProcess(
        context.world,
        { recipe, resume, dryRun },
        { onMessage, signal: context.signal },
      );
      return { value: made, facts: factsOf(recipe, made) };
    },
  );
  if (result === undefined) {
    if (context.json) await context.printJson({ recipe, ...told, receipt });
    return 0;
  }
  await writeRecords(context, recipe, { result, receipt, preflight: told.preflight! });
  if (!context.json) await context.print(summary(recipe, result));
  context.note(receiptLine(receipt));
  warnUnstored(context, stored);
  const made = formats.length > 0 ? await exportTuned(context, { recipe, formats }, options) : undefined;
  if (context.json) {
    const exports = made && { exported: made.exported, export_receipt: made.receipt };
    await context.printJson({ recipe, ...told, result, receipt, ...exports });
  } else if (made !== undefined) await context.print(made.exported.map(exportLine).join("\n"));
  return 0;
}

const noExports = (formats: readonly ExportFormat[]): FrugalError =>
  new FrugalError({
    code: "bad-option",
    what: `--export ${formats.join(",")} does not go with --method full`,
    why: "there is no adapter: the result is a whole model already, which transformers loads",
    remedy: "leave --export out",
  });

/** Behind the training, whose result is whole already. */
async function exportTuned(
  context: CliContext,
  { recipe: { out, model }, formats }: { readonly recipe: Recipe; readonly formats: readonly ExportFormat[] },
  options: OptionValues,
): ReturnType<typeof exportRecorded> {
  const adapted = await findAdapted(context.world, { adapter: out, model });
  return await exportRecorded(context, { model: adapted, orders: inFolders(out, formats) }, options);
}

interface RunSoFar {
  readonly startedAt: number;
  readonly energySoFarJ: () => number;
  readonly dryRun: boolean;
}

interface Told {
  preflight?: Preflight;
  forecast?: EnergyForecast;
}

async function recipeOf(
  { world }: CliContext,
  path: string | undefined,
  options: OptionValues,
): Promise<Recipe> {
  const given = RECIPE_FIELDS.flatMap(({ name }) =>
    options[name] === undefined ? [] : [[name, options[name]] as const],
  );
  const layers = [
    ...(path === undefined
      ? []
      : [{ from: path, values: await readRecipe(world.files, resolve(world.cwd, path)) }]),
    { from: "the command line", values: Object.fromEntries(given) },
  ];
  const recipe = settleRecipe(layers);
  const absolute = (name: string): string => resolve(world.cwd, name);
  return {
    ...recipe,
    model: absolute(recipe.model),
    data: absolute(recipe.data),
    out: absolute(recipe.out),
    ...(recipe.validation !== undefined && { validation: absolute(recipe.validation) }),
  };
}

/** A result is never overwritten, and a run that was cut off never started over without being asked. */
async function checkOut({ world }: CliContext, out: string, resume: boolean): Promise<void> {
  const has = async (name: string): Promise<boolean> =>
    (await world.files.stat(`${out}/${name}`)) !== undefined;
  const refuse = (why: string, remedy: string): FrugalError =>
    new FrugalError({ code: "bad-option", what: `${out} is taken`, why, remedy });
  if (await has("metrics.json"))
    throw refuse("it holds the result of a run", "name another folder with --out");
  if (!resume && (await has(`checkpoint/${CHECKPOINT_NAME}`)))
    throw refuse("it holds a run that was cut off", "go on with --resume, or name another folder with --out");
}

function tell(
  context: CliContext,
  told: Told,
  message: FromTuner,
  { startedAt, energySoFarJ, dryRun }: RunSoFar,
): void {
  if (message.kind === "preflight") {
    told.preflight = message.preflight;
    for (const line of preflightLines(message.preflight, context.world.terminal.colour)) context.note(line);
    for (const { severity, what, remedy } of message.preflight.findings) {
      if (severity === "note") context.note(`data: ${what}`);
      else if (severity === "warn") context.warn(what, remedy);
    }
  } else if (message.kind === "forecast") {
    // The power so far, of opening the model and of the timed steps, is taken for that of the steps to come.
    const spentS = context.world.clock.now() - startedAt;
    const spentJ = energySoFarJ();
    const energyJ = spentS > 0 ? (spentJ / spentS) * message.forecast.seconds : undefined;
    told.forecast = { ...message.forecast, ...(energyJ !== undefined && { energyJ, spentJ }) };
    context.note(forecastLine(told.forecast));
    if (!dryRun)
      context.progress({ kind: "phase", name: "training", total: told.preflight!.steps, unit: "steps" });
  } else if (message.kind === "event") {
    const { event } = message;
    if (event.kind === "step")
      context.progress({
        kind: "advance",
        done: event.step,
        total: event.steps,
        energyJ: energySoFarJ(),
        detail: `loss ${event.loss.toFixed(2)}  ${Math.round(event.tokensPerS).toLocaleString("en")} tok/s`,
      });
    if (event.kind === "evaluated") {
      const figures = Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
      context.progress({
        kind: "note",
        text: `step ${event.step}: loss ${event.loss.toFixed(4)}, ${figures.join(", ")}${event.better ? "" : " (not better)"}`,
      });
    }
    if (event.kind === "rolled-back")
      context.warn(
        `step ${event.from + 1}: ${event.why}; back at step ${event.to}`,
        "the learning rate is halved from here on",
      );
    if (event.kind === "stopped-early")
      context.note(`stopped at step ${event.step}: nothing was gained since step ${event.best}`);
  }
}

const factsOf = (recipe: Recipe, result: TuneResult | undefined) => ({
  seeds: { seed: recipe.seed },
  settings: {
    method: recipe.method,
    rank: recipe.rank,
    alpha: recipe.alpha,
    rate: recipe.rate,
    epochs: recipe.epochs,
  },
  ...(result !== undefined && {
    work: { unit: "token", count: result.tokens },
    engines: result.versions,
    ...(result.decided > 0 && {
      quality: [
        {
          metric: "accuracy",
          estimate: rightOf(result),
          count: result.decided,
          method: "Wilson interval of held-out decisions",
        },
      ],
    }),
  }),
});

function rightOf({ right, decided }: TuneResult) {
  const { low, value, high } = wilsonInterval(right, decided);
  return { low, value, high };
}

interface Records {
  readonly result: TuneResult;
  readonly receipt: Receipt;
  readonly preflight: Preflight;
}

async function writeRecords(
  { world }: CliContext,
  recipe: Recipe,
  { result, receipt, preflight }: Records,
): Promise<void> {
  const write = (name: string, content: string): Promise<void> =>
    world.files.writeAtomic(`${recipe.out}/${name}`, content);
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
  const { losses, evaluations, best, right, decided } = result;
  const { model, data, validation, out, ...settings } = recipe;
  await write(
    "recipe.yaml",
    stringify({ model, data, ...(validation !== undefined && { validation }), out, ...settings }),
  );
  await write("loss.svg", lossCurve({ losses, evaluations }));
  await write("receipt.json", json(receipt));
  await write(
    "README.md",
    modelCard({
      name: basename(out),
      base: basename(model),
      task: recipe.task,
      method: recipe.method,
      labels: preflight.labels,
      examples: preflight.examples,
      held: preflight.held,
      dataSha256: result.dataSha256,
      metrics: best.metrics,
      ...(decided > 0 && { right: { ...rightOf(result), count: decided } }),
      trained: preflight.parameters,
      steps: result.steps,
      peakBytes: result.peakBytes,
      receipt,
    }),
  );
  // Last: with it the folder counts as finished.
  await write("metrics.json", json({ best, right, decided, evaluations, losses }));
}

function summary(recipe: Recipe, { best, right, decided, steps, stoppedEarly }: TuneResult): string {
  const figures = Object.entries(best.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  const interval = decided === 0 ? undefined : wilsonInterval(right, decided);
  return [
    `${recipe.out}: ${recipe.method} of ${basename(recipe.model)} for ${recipe.task}`,
    `${figures.join(", ")} (step ${best.step} of ${steps}${stoppedEarly ? ", stopped early" : ""})`,
    ...(interval === undefined
      ? []
      : [
          `${right} of ${decided} right: ${(100 * interval.value).toFixed(1)} % (95 %: ${(100 * interval.low).toFixed(1)} … ${(100 * interval.high).toFixed(1)})`,
        ]),
  ].join("\n");
}
