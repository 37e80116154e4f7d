/** What would make more of this machine measured, as text to read, and to run by whoever decides so. Nothing here runs. */
import type { RelativeError, SensorCheck } from "../../energy/check-sensors.ts";
import { OWN_WATTS_WIDTH } from "../../energy/cpu-time-model.ts";
import type { Findings } from "./examine.ts";
import { containerFixes } from "./fixes-container.ts";
import { BARE_METAL_MODULE, GROUP_AND_UDEV, SENSORD_UNIT, TMPFILES } from "./fixes-linux.ts";
import { errorWords, verdictsOf } from "./verdict.ts";

export interface Fix {
  readonly title: string;
  /** What it does, and what it costs. */
  readonly why: string;
  /** Shell, or another file's text, with comments. */
  readonly lines: readonly string[];
  readonly undo: readonly string[];
}

export function fixesFor({ platform, sensors, engines }: Findings): readonly Fix[] {
  const checks = "kind" in sensors ? [] : sensors;
  const verdicts = verdictsOf(checks);
  const cpuMeasured = verdicts.some(({ component, state }) => component === "cpu" && state === "measured");
  const gpuUnusable = checks.some(({ component, state }) => component === "gpu" && state === "unusable");
  const { container, virtual, wsl, powercap, os } = platform;
  const hasOwnKernel = os === "linux" && container === undefined && !wsl;
  const fixes: Fix[] = [];
  if (!cpuMeasured && os === "linux" && !wsl) {
    if (hasOwnKernel && powercap === "denied") fixes.push(GROUP_AND_UDEV, SENSORD_UNIT, TMPFILES);
    if (hasOwnKernel && powercap === "none" && virtual === undefined) fixes.push(BARE_METAL_MODULE);
  }
  if (container !== undefined) {
    const cpu = !cpuMeasured && powercap !== "none";
    fixes.push(...containerFixes(container, { cpu, gpu: gpuUnusable }));
  }
  const model = cpuMeasured
    ? undefined
    : checks.find(({ component, state }) => component === "cpu" && state === "modelled");
  if (model?.error !== undefined && model.error.high > 1 + OWN_WATTS_WIDTH)
    fixes.push(ownWatts(model, model.error));
  const missing = engines.find(({ usable }) => !usable);
  if (missing?.remedy !== undefined) fixes.push(engineFix(missing.remedy));
  return fixes;
}

const ownWatts = ({ boundary }: SensorCheck, error: RelativeError): Fix => ({
  title: "Without any counter: tell the model this machine's own watts",
  why: `the CPU stays modelled, but ± ${100 * OWN_WATTS_WIDTH} % instead of ${errorWords(error)}${
    boundary === "machine"
      ? "; it is then that of this process tree, no longer that of the whole machine"
      : ""
  }. Take it with a meter at the plug: (watts with all threads busy − watts idle) ÷ threads.`,
  lines: [
    "# 4.5 is an example: put your own figure here, and keep the line in ~/.profile.",
    "export FRUGAL_CPU_WATTS=4.5",
  ],
  undo: ["unset FRUGAL_CPU_WATTS"],
});

const engineFix = (remedy: string): Fix => ({
  title: "Engines that run models",
  why: "frugal track and the reports work without them; frugal run needs them.",
  lines: [remedy.replace(/^(run|install it again): /, "")],
  undo: ["npm uninstall @huggingface/transformers onnxruntime-node"],
});
