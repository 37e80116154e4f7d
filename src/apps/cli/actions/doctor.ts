/** `frugal doctor`: 0 where something is measured, 1 where only models are, 2 where the sensors could not be tried. */
import { examine, type Findings } from "../../../journey/doctor/examine.ts";
import { fixesFor } from "../../../journey/doctor/fixes.ts";
import { exitCodeOf, verdictsOf } from "../../../journey/doctor/verdict.ts";
import type { CliContext, OptionValues } from "../command.ts";
import { doctorText, fixText } from "../doctor-text.ts";

export async function doctor(
  context: CliContext,
  _args: readonly string[],
  options: OptionValues,
): Promise<number> {
  const findings = await examine(context.world, context.signal);
  if (context.json) await context.printJson(toJson(findings));
  else await context.print(options["fix"] === true ? fixText(fixesFor(findings)) : doctorText(findings));
  return exitCodeOf(findings);
}

const toJson = (findings: Findings): object => ({
  schema: "frugal.doctor/1",
  verdicts: "kind" in findings.sensors ? [] : verdictsOf(findings.sensors),
  ...findings,
  fixes: fixesFor(findings),
});
