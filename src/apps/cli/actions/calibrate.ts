/** `frugal calibrate`: from a meter or a counter to a fit that later readings use. */
import { resolve } from "node:path";
import { FrugalError, messageOf, systemCode } from "../../../core/error.ts";
import {
  calibrateLoadCurve,
  calibrateRecorded,
  calibrateWithMeter,
  type MachineOptions,
} from "../../../energy/calibration/calibrate.ts";
import type { Calibration } from "../../../energy/calibration/calibration-fit.ts";
import {
  parseCalibration,
  type Stored,
  shortId,
  storeCalibration,
  storedCalibrations,
} from "../../../energy/calibration/calibration-store.ts";
import { recordMachine } from "../../../energy/calibration/record-machine.ts";
import { parseRecording } from "../../../energy/calibration/recording.ts";
import { LEAST_MINUTES } from "../../../energy/calibration/staircase.ts";
import { chooseFit, identityOf, whyUnusable } from "../../../energy/calibration/usable-fit.ts";
import { METER, meterSetting } from "../../../energy/external-meter/meter-setting.ts";
import { machineThreads } from "../../../energy/machine-busy.ts";
import { calibrationText } from "../calibration-text.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { badOption } from "../program.ts";

const USUAL_MINUTES = 10;
/** A day: whoever wants more has mistyped. */
const MOST_MINUTES = 1_440;

export async function calibrate(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const text = (name: string): string | undefined => options[name] as string | undefined;
  if (options["show"] === true) return await show(context);
  const unwanted = text("remove");
  if (unwanted !== undefined) return await remove(context, unwanted);
  const foreign = text("import");
  if (foreign !== undefined) return await keep(context, await importFit(context, foreign));
  const machine: MachineOptions = {
    minutes: minutesOf(text("minutes")),
    makesLoad: options["load"] !== false,
    progress: context.progress,
    signal: context.signal,
  };
  const file = text("record");
  if (file !== undefined) return await record(context, file, machine);
  if (options["fromRapl"] === true)
    return await keep(context, await calibrateLoadCurve(context.world, machine));
  const meter = text("meter") ?? meterSetting(context.world);
  if (meter === undefined) throw noMeter();
  const recorded = text("recorded");
  const fit =
    recorded === undefined
      ? await calibrateWithMeter(context.world, meter, machine)
      : await calibrateRecorded(
          context.world,
          meter,
          parseRecording(await read(context, recorded), recorded),
        );
  return await keep(context, fit);
}

function minutesOf(given: string | undefined): number {
  if (given === undefined) return USUAL_MINUTES;
  const minutes = given.trim() === "" ? Number.NaN : Number(given);
  if (minutes >= LEAST_MINUTES && minutes <= MOST_MINUTES) return minutes;
  throw badOption(
    "--minutes",
    given,
    `give minutes from ${LEAST_MINUTES} to ${MOST_MINUTES}; ${USUAL_MINUTES} are usual`,
  );
}

async function keep(context: CliContext, fit: Calibration): Promise<number> {
  const path = await storeCalibration(context.world, fit);
  if (context.json) await context.printJson(fit);
  else await context.print(calibrationText(fit));
  context.note(`stored as ${path}`);
  const why = whyUnusable(fit, here(context), context.world.clock.stamp());
  if (why !== undefined) context.warn(`it is not used here: ${why}`, "copy it to the machine that it is for");
  return 0;
}

async function record(context: CliContext, file: string, options: MachineOptions): Promise<number> {
  const { world } = context;
  const path = resolve(world.cwd, file);
  const { recording } = await recordMachine(world, options);
  try {
    await world.files.writeAtomic(path, `${JSON.stringify(recording)}\n`);
  } catch (thrown) {
    throw new FrugalError({
      code: systemCode(thrown) === "ENOSPC" ? "disk-full" : "file-unwritable",
      what: `cannot write ${path}`,
      why: systemCode(thrown) ?? messageOf(thrown),
      remedy: "free some space, or name another file",
      cause: thrown,
    });
  }
  const { at_s, started_at, steps } = recording;
  const facts = { file: path, started_at, seconds: at_s.at(-1) ?? 0, steps: steps.length };
  if (context.json) await context.printJson(facts);
  else await context.print(`recorded ${facts.seconds.toFixed(0)} s from ${started_at} on, in ${path}`);
  context.note(`when the meter's file is there: frugal calibrate --recorded ${file} --meter csv:FILE`);
  return 0;
}

async function importFit(context: CliContext, file: string): Promise<Calibration> {
  const content = await read(context, file);
  try {
    return parseCalibration(content);
  } catch (thrown) {
    throw new FrugalError({
      code: "bad-data",
      what: `the calibration ${file}`,
      why: messageOf(thrown),
      remedy: "copy the file as frugal calibrate stored it, under calibration in its FRUGAL_HOME",
      cause: thrown,
    });
  }
}

async function show(context: CliContext): Promise<number> {
  const stored = await storedCalibrations(context.world);
  const stamp = context.world.clock.stamp();
  const used = new Set(
    (["node", "load-curve"] as const).flatMap((kind) => {
      const choice = chooseFit(kind, stored, here(context), stamp);
      return choice !== undefined && "fit" in choice ? [choice.fit.id] : [];
    }),
  );
  const stateOf = (each: Stored): string => {
    if ("trouble" in each) return each.trouble;
    if (used.has(each.fit.id)) return "used on this machine";
    return whyUnusable(each.fit, here(context), stamp) ?? "a newer one is used";
  };
  if (context.json) {
    await context.printJson(
      stored.map((each) => ({
        path: each.path,
        state: stateOf(each),
        ...("fit" in each && { calibration: each.fit }),
      })),
    );
  } else if (stored.length === 0) {
    await context.print("no calibrations; make one with frugal calibrate --meter csv:FILE or http:URL");
  } else {
    const texts = stored.map((each) =>
      "fit" in each ? `${calibrationText(each.fit)}\n${stateOf(each)}` : `${each.path}: ${stateOf(each)}`,
    );
    await context.print(texts.join("\n\n"));
  }
  return 0;
}

async function remove(context: CliContext, id: string): Promise<number> {
  const stored = await storedCalibrations(context.world);
  const chosen = stored.filter(
    (each) => id === "all" || ("fit" in each && id.length > 0 && each.fit.id.startsWith(id)),
  );
  if (chosen.length === 0 || (id !== "all" && chosen.length > 1)) {
    throw new FrugalError({
      code: "not-found",
      what: `calibration ${id}`,
      why: chosen.length === 0 ? "there is none" : `${chosen.length} begin like this`,
      remedy: "frugal calibrate --show lists them; all stands for every one",
    });
  }
  for (const { path } of chosen) await context.world.files.remove(path);
  const removed = chosen.map((each) => ("fit" in each ? shortId(each.fit) : each.path));
  if (context.json) await context.printJson({ removed });
  else await context.print(`removed ${removed.join(", ")}`);
  return 0;
}

async function read(context: CliContext, file: string): Promise<string> {
  try {
    return await context.world.files.readText(resolve(context.world.cwd, file));
  } catch (thrown) {
    const isMissing = systemCode(thrown) === "ENOENT";
    throw new FrugalError({
      code: isMissing ? "file-missing" : "file-unreadable",
      what: `cannot read ${file}`,
      why: isMissing ? "there is no such file" : messageOf(thrown),
      remedy: "check the path",
      cause: thrown,
    });
  }
}

const here = ({ world }: CliContext) => identityOf(world.machine, machineThreads(world));

const noMeter = (): FrugalError =>
  new FrugalError({
    code: "bad-option",
    what: "calibrate has no meter",
    why: `neither --meter nor ${METER} names one`,
    remedy:
      "give --meter csv:FILE or http:URL; without a meter, --from-rapl learns the load curve of the CPU",
  });
