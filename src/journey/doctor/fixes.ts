/** What would make more of this machine measured, as text to read, and to run by whoever decides so. Nothing here runs. */
import type { Findings } from "./examine.ts";
import { containerFixes } from "./fixes-container.ts";
import { BARE_METAL_MODULE, GROUP_AND_UDEV, SENSORD_UNIT, TMPFILES } from "./fixes-linux.ts";
import { verdictsOf } from "./verdict.ts";

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
  const isModelled = verdicts.some(({ component, state }) => component === "cpu" && state === "modelled");
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
  if (isModelled) fixes.push(OWN_WATTS);
  const missing = engines.find(({ usable }) => !usable);
  if (missing?.remedy !== undefined) fixes.push(engineFix(missing.remedy));
  return fixes;
}

/** The model's width with the user's own figure: cpu-time-model.ts. */
const OWN_WATTS: Fix = {
  title: "Without any counter: tell the model this machine's own watts",
  why: "the CPU stays modelled, but ± 30 % instead of a factor of 3. Take it with a meter at the plug: (watts with all threads busy − watts idle) ÷ threads.",
  lines: [
    "# 4.5 is an example: put your own figure here, and keep the line in ~/.profile.",
    "export FRUGAL_CPU_WATTS=4.5",
  ],
  undo: ["unset FRUGAL_CPU_WATTS"],
};

const engineFix = (remedy: string): Fix => ({
  title: "Engines that run models",
  why: "frugal track and the reports work without them; frugal run needs them.",
  lines: [remedy.replace(/^(run|install it again): /, "")],
  undo: ["npm uninstall @huggingface/transformers onnxruntime-node"],
});
