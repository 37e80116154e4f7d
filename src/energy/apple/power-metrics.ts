import { messageOf } from "../../core/error.ts";
import type { Clock, Processes } from "../../core/ports.ts";
import type { AppleEnergy } from "./apple-sensors.ts";
import type { ApplePart } from "./energy-channels.ts";

const COMMAND = "powermetrics";
const PERIOD_S = 1;
const ARGUMENTS = [
  "--samplers",
  "cpu_power,gpu_power,ane_power",
  "-i",
  String(1_000 * PERIOD_S),
  "-f",
  "plist",
];
/** The first report comes after one period, and the program takes a moment to start. */
const FIRST_MS = 5_000;
/** Keys of the dictionary `processor`, millijoules of one period (powermetrics(1), format plist). */
const KEYS: Readonly<Record<string, ApplePart>> = {
  cpu_energy: "cpu",
  gpu_energy: "gpu",
  ane_energy: "npu",
  dram_energy: "ram",
};
const MILLI = 1e-3;
const NANO = 1e-9;

export interface PowerReport {
  readonly seconds: number;
  readonly joules: ReadonlyMap<ApplePart, number>;
}

/** Undefined for a text that is no report. */
export function parsePowerReport(plist: string): PowerReport | undefined {
  const start = plist.indexOf("<key>processor</key>");
  const number = (text: string, key: string): number | undefined => {
    const found = new RegExp(`<key>${key}</key>\\s*<(?:integer|real)>([-+.\\deE]+)<`).exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const nanoseconds = number(plist, "elapsed_ns");
  if (start < 0 || nanoseconds === undefined) return undefined;
  const joules = new Map<ApplePart, number>();
  for (const [key, part] of Object.entries(KEYS)) {
    const value = number(plist.slice(start), key);
    if (value !== undefined) joules.set(part, value * MILLI);
  }
  return { seconds: nanoseconds * NANO, joules };
}

/**
 * Energy by powermetrics, which needs root: for systems whose IOReport cannot be read. Resolves with the parts of its first
 * report; rejects with what the program said when none came.
 */
export async function openPowerMetrics(world: {
  readonly processes: Pick<Processes, "pipe">;
  readonly clock: Pick<Clock, "sleep">;
}): Promise<{ readonly energy: AppleEnergy; readonly present: ReadonlySet<ApplePart> }> {
  const running = world.processes.pipe(COMMAND, ARGUMENTS);
  let pending = new Map<ApplePart, number>();
  let carry = "";
  let trouble: string | undefined;
  let onFirst: (report: PowerReport) => void = () => {};
  const first = new Promise<PowerReport>((resolve) => {
    onFirst = resolve;
  });
  running.onOutput((text) => {
    // Reports are parted by NUL.
    const reports = (carry + text).split("\0");
    carry = reports.pop() ?? "";
    // The last report has no end of its own until the next one begins; it ends with its document.
    if (carry.trimEnd().endsWith("</plist>")) {
      reports.push(carry);
      carry = "";
    }
    for (const each of reports) {
      const report = parsePowerReport(each);
      if (report === undefined) continue;
      for (const [part, joules] of report.joules) pending.set(part, (pending.get(part) ?? 0) + joules);
      onFirst(report);
    }
  });
  const ended = running.exit.then(
    ({ code }) => running.errorTail() || `${COMMAND} ended with ${code}`,
    (thrown: unknown) => messageOf(thrown),
  );
  void ended.then((why) => {
    trouble = why;
  });
  const tooLate = new AbortController();
  const timeout = world.clock.sleep(FIRST_MS, tooLate.signal).then(
    () => `${COMMAND} gave no report within ${FIRST_MS / 1_000} s`,
    () => "",
  );
  const outcome = await Promise.race([first, ended, timeout]);
  tooLate.abort();
  if (typeof outcome === "string") {
    running.kill("SIGTERM");
    throw new Error(outcome);
  }
  pending = new Map();
  return {
    present: new Set(outcome.joules.keys()),
    energy: {
      source: `${COMMAND} (Apple's energy model)`,
      remedy: `run as root, or let frugal read IOReport: ${COMMAND} is its fallback`,
      doubts: [`reports come each ${PERIOD_S} s: shorter spans are a guess`],
      lagS: PERIOD_S,
      read() {
        if (trouble !== undefined) throw new Error(trouble);
        const taken = pending;
        pending = new Map();
        return taken;
      },
      close: () => running.kill("SIGTERM"),
    },
  };
}
