/** Findings as text of 80 columns that reads without colour: the verdict first, then what it rests on. */
import { formatBytes, formatPower } from "../../core/format-quantity.ts";
import { bytes, watts } from "../../core/quantity.ts";
import type { SensorCheck } from "../../energy/check-sensors.ts";
import type { Platform } from "../../energy/platform.ts";
import type { PlaceCheck } from "../../journey/doctor/check-places.ts";
import type { EngineCheck, Findings } from "../../journey/doctor/examine.ts";
import type { Fix } from "../../journey/doctor/fixes.ts";
import { costOf, errorWords, noCounterHere, type Verdict, verdictsOf } from "../../journey/doctor/verdict.ts";
import { wrapWords } from "./wrap-words.ts";

const WIDTH = 80;
const PAD = "      ";

interface Item {
  readonly usable: boolean;
  readonly head: string;
  /** Shown below the head, one paragraph each. */
  readonly more: readonly (string | undefined)[];
}

export function doctorText(findings: Findings): string {
  const { sensors, engines, places, carbon, platform } = findings;
  const sections = [
    section(
      "Sensors",
      "kind" in sensors ? [failedProbe(sensors.why, sensors.remedy)] : sensorItems(sensors, platform),
    ),
    section("Engines", engines.map(engineItem)),
    section("Folders", places.map(placeItem)),
    section("Carbon", [carbonItem(carbon)]),
    `Machine\n${wrapWords(machineWords(findings), WIDTH, "  ")}`,
  ];
  return [summary(findings), ...sections].join("\n\n");
}

function summary(findings: Findings): string {
  const { sensors, platform } = findings;
  if ("kind" in sensors) return wrapWords(`Sensors: not tried — ${sensors.why}`, WIDTH, "  ", "");
  const why = noCounterHere(platform);
  return verdictsOf(sensors)
    .map((verdict) => wrapWords(verdictLine(verdict, why), WIDTH, "  ", ""))
    .join("\n");
}

function verdictLine({ component, state, error }: Verdict, why: string | undefined): string {
  const name = component.toUpperCase();
  if (state === "measured") return `${name}: measured (${error})`;
  if (state === "unmeasured") return `${name}: not counted — see frugal doctor --fix`;
  if (component !== "cpu") return `${name}: modelled (${error})`;
  const next = why === undefined ? "what makes it measured" : `${why}; what helps`;
  return `${name}: modelled (${error}) — ${next}: frugal doctor --fix`;
}

const sensorItems = (checks: readonly SensorCheck[], platform: Platform): readonly Item[] =>
  checks.map((check) => {
    const cost = costOf(check, checks, platform);
    const error = check.error === undefined ? "" : `, ${errorWords(check.error)}`;
    const power =
      check.state === "measured" && check.watts !== undefined
        ? `, ${formatPower(watts(check.watts))} now`
        : "";
    return {
      usable: check.state !== "unusable",
      head: `${check.component}: ${check.source}${check.state === "unusable" ? "" : ` (${check.state}${error}${power})`}`,
      more: [
        check.reason,
        cost === undefined ? undefined : `Until then: ${cost}.`,
        check.remedy === undefined ? undefined : `Remedy: ${check.remedy}`,
        ...(check.state === "unusable" ? [] : check.notes.map((note) => `Note: ${note}`)),
      ],
    };
  });

const failedProbe = (why: string, remedy: string): Item => ({
  usable: false,
  head: "the sensors could not be tried",
  more: [why, `Remedy: ${remedy}`],
});

const engineItem = ({ name, usable, version, reason, remedy }: EngineCheck): Item => ({
  usable,
  head: usable ? `${name} ${version}` : name,
  more: usable ? [] : [reason, "Until then: frugal run has no model to run.", `Remedy: ${remedy}`],
});

function placeItem({ name, path, usable, facts, reason, cost, remedy, freeB, sizeB }: PlaceCheck): Item {
  const amounts = [
    ...(sizeB === undefined || sizeB === 0 ? [] : [formatBytes(bytes(sizeB))]),
    ...(freeB === undefined ? [] : [`${formatBytes(bytes(freeB))} free`]),
  ];
  const told = [...facts, ...amounts].join(", ");
  return {
    usable,
    head: `${name}: ${path}`,
    more: usable ? [told] : [reason, cost && `Until then: ${cost}.`, remedy && `Remedy: ${remedy}`],
  };
}

function carbonItem({ usable, place, from, notes, reason, remedy }: Findings["carbon"]): Item {
  if (usable) return { usable, head: `zone ${place}, from ${SAID_BY[from] ?? from}`, more: notes };
  return {
    usable,
    head: reason === undefined ? "no zone is set" : "the settings cannot be used",
    more: [
      reason,
      ...notes,
      "Until then: carbon is counted with the world's mean, whose interval is wide.",
      `Remedy: ${remedy ?? "set FRUGAL_ZONE, for example FRUGAL_ZONE=FR; frugal zones NAME finds yours"}`,
    ],
  };
}

const SAID_BY: Readonly<Record<string, string>> = {
  environment: "the environment",
  config: "config.json",
  metadata: "the cloud's metadata",
};

function machineWords({ platform }: Findings): string {
  const { os, arch, container, virtual, wsl, cpuLimit, memoryLimitB } = platform;
  const isLinux = os === "linux";
  const notTold = isLinux && virtual === undefined && !wsl ? ["no hypervisor seen"] : [];
  return [
    `${os} ${arch}`,
    ...(wsl ? ["WSL"] : []),
    ...(container === undefined ? (isLinux ? ["no container seen"] : []) : [`container (${container})`]),
    ...(virtual === undefined ? notTold : [`virtual machine (${virtual})`]),
    ...(cpuLimit === undefined ? [] : [`at most ${Number(cpuLimit.toPrecision(3))} CPUs`]),
    ...(memoryLimitB === undefined ? [] : [`at most ${formatBytes(bytes(memoryLimitB))} of memory`]),
  ].join(", ");
}

const section = (title: string, items: readonly Item[]): string =>
  [title, ...(items.length > 0 ? items.map(itemText) : ["  nothing found"])].join("\n");

function itemText({ usable, head, more }: Item): string {
  const first = `  ${usable ? "yes" : "no "} `;
  const below = more.filter((text) => text !== undefined && text !== "") as string[];
  return [
    wrapWords(head, WIDTH, PAD, first),
    ...below.map((text) => wrapWords(text, WIDTH, `${PAD}  `, PAD)),
  ].join("\n");
}

/** Printed, never run: whoever reads it decides. */
export function fixText(fixes: readonly Fix[]): string {
  if (fixes.length === 0) return "# There is nothing to repair that a setting of this machine could.";
  return fixes
    .map(({ title, why, lines, undo }, index) =>
      [
        wrapWords(`${index + 1}. ${title}`, WIDTH, "#    ", "# "),
        wrapWords(why, WIDTH, "# ", "# "),
        "",
        ...lines,
        "",
        "# To undo it:",
        ...undo.map((line) => (line.startsWith("#") ? line : `#   ${line}`)),
      ].join("\n"),
    )
    .join("\n\n");
}
