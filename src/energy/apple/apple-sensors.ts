import type { Interval } from "../../core/interval.ts";
import { rateSensor } from "../rate-sensor.ts";
import type { Sensor } from "../sensor.ts";
import { APPLE_PARTS, type ApplePart } from "./energy-channels.ts";

/** Energy of a chip's parts since the last call; throws when it cannot be read. */
export interface AppleEnergy {
  readonly source: string;
  readonly remedy: string;
  readonly doubts: readonly string[];
  /** Seconds by which what is read lags behind. */
  readonly lagS: number;
  read(nowS: number): ReadonlyMap<ApplePart, number>;
  close(): void;
}

/**
 * Apple computes these energies from activity ("Energy Model") and publishes no error. We know of no comparison with a meter
 * for every chip: our choice.
 */
export const APPLE_WIDTH = 0.15;
/** A CPU that runs this program draws power: channels that stand still for so long are not being renewed. */
const STILL_S = 3;

/** One sensor for each part that has shown itself by now; they share each reading. */
export function appleSensors(
  energy: AppleEnergy,
  present: ReadonlySet<ApplePart>,
  startS: number,
): readonly Sensor[] {
  const joules = new Map<ApplePart, number>();
  let lastS = startS;
  let movedS = startS;
  let lostS = 0;
  let open = present.size;
  const readAt = (nowS: number): void => {
    if (nowS <= lastS) return;
    const delta = energy.read(nowS);
    lastS = nowS;
    for (const [part, amount] of delta) joules.set(part, (joules.get(part) ?? 0) + Math.max(0, amount));
    if ((delta.get("cpu") ?? 0) > 0 || !present.has("cpu")) {
      // What was not renewed for a while comes at once: all of it is counted, and that time is covered again.
      movedS = nowS;
      lostS = 0;
    } else lostS = Math.max(0, nowS - movedS - STILL_S);
  };
  const covered = (): number => lastS - startS - lostS;
  return APPLE_PARTS.filter((part) => present.has(part)).map((part): Sensor => {
    let isOpen = true;
    const sensor = rateSensor(
      {
        component: part,
        boundary: "machine",
        method: "counter",
        source: `${energy.source}: ${part}`,
        remedy: energy.remedy,
        interval: (amount, windowS) => around(amount, windowS, energy.lagS),
        doubts: energy.doubts,
        joulesAt(nowS) {
          readAt(nowS);
          return joules.get(part) ?? 0;
        },
        coveredAt: covered,
        notesOf: () =>
          lostS > 0 ? ["the chip's energy channels stood still for a while: that time is not covered"] : [],
      },
      startS,
    );
    return {
      ...sensor,
      // Who used these two is not told; CPU time is no measure of it.
      ...((part === "gpu" || part === "npu") && { use: () => undefined }),
      close() {
        if (!isOpen) return;
        isOpen = false;
        if (--open === 0) energy.close();
      },
    };
  });
}

/** The model's own error, and what the edges of a window miss by its lag at the window's mean power; independent. */
function around(joules: number, windowS: number | undefined, lagS: number): Interval {
  const edges = windowS === undefined || windowS <= 0 ? 0 : joules * Math.min(1, lagS / windowS);
  const half = Math.hypot(APPLE_WIDTH * joules, edges);
  return { low: Math.max(0, joules - half), value: joules, high: joules + half };
}
