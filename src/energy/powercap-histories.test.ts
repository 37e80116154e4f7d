/** A hundred thousand random lives of a counter whose truth is known. */
import { expect, test } from "vitest";
import { type Random, seededRandom } from "../core/random.ts";
import { powercapSensor } from "./powercap-sensor.ts";

const HISTORIES = 100_000;
/** The ranges of AMD (2^32 × 15.3 µJ) and Intel (2^32 × 61 µJ) counters. */
const RANGES_UJ = [65_532_610_987, 262_143_328_850];
/** As in powercap-sensor.ts: the greatest power, and an allowance for counters that move in steps. */
const MOST_WATTS = 1_000;
const STEP_S = 0.1;

interface Life {
  readonly seed: number;
  joules: number;
  coveredS: number;
  /** Joules that the hardware spent up to the last good sample, and its time. */
  truthJ: number;
  readS: number;
  /** A reset, a sleep or a gap of whole rounds happened; what is expected of the sensor depends on it. */
  events: Set<"reset" | "hidden reset" | "sleep" | "rounds" | "unreadable">;
  /** The most that resets which look like normal counting can have changed. */
  hiddenJ: number;
  mostJ: number;
  notes: readonly string[];
}

function live(seed: number): Life {
  const random = seededRandom(seed);
  const pick = (choices: number): number => Math.floor(random.next() * choices);
  const rangeUj = RANGES_UJ[pick(2)]!;
  // Half of them start shortly before the top, so that wraps are common.
  let counterUj = Math.floor(random.next() < 0.5 ? rangeUj - random.next() * 1e9 : random.next() * rangeUj);
  let [nowS, uptimeS, spentJ] = [100, 5_000, 0];
  let unreadable = false;
  const files = {
    readTextSync(path: string): string {
      if (path === "/proc/uptime") return `${uptimeS.toFixed(2)} 1.00\n`;
      if (unreadable) {
        if (random.next() < 0.5) throw new Error("EIO");
        return ["", "x", "-1", "NaN"][pick(4)]!;
      }
      return `${counterUj}\n`;
    },
  };
  const zone = { name: "package-0", counterPath: "energy_uj", rangeUj };
  const sensor = powercapSensor(files, "cpu", [zone], nowS);
  const life: Life = {
    seed, joules: 0, coveredS: 0, truthJ: 0, readS: nowS, events: new Set(), hiddenJ: 0, mostJ: 0, notes: [],
  }; // biome-ignore format: one record
  const spend = (seconds: number): void => {
    const joules = drawOf(random) * seconds;
    counterUj = Math.floor(counterUj + joules * 1e6) % rangeUj;
    spentJ += joules;
    nowS += seconds;
    uptimeS += seconds;
  };
  let beforeUj = counterUj;
  let wasReset = false;
  let slept = false;
  for (let step = 2 + pick(8); step > 0; step--) {
    const kind = random.next();
    spend(kind < 0.06 ? 300 + random.next() * 2_000 : 0.001 + random.next() * 3);
    if (kind > 0.9) {
      slept = true;
      uptimeS += 10 + random.next() * 50_000;
      if (random.next() < 0.7) counterUj = 0;
      spend(random.next());
    } else if (kind > 0.84) {
      wasReset = true;
      counterUj = 0;
      spend(random.next());
    }
    unreadable = random.next() < 0.1;
    const before = { joules: life.joules, coveredS: life.coveredS };
    ({ joules: life.joules, coveredS: life.coveredS } = sensor.sample(nowS));
    if (life.joules < before.joules || life.coveredS < before.coveredS)
      throw new Error(`seed ${seed} went back`);
    if (unreadable) {
      life.events.add("unreadable");
      continue;
    }
    const mostUj = MOST_WATTS * (nowS - life.readS + STEP_S) * 1e6;
    life.mostJ += mostUj / 1e6;
    if (mostUj > rangeUj) life.events.add("rounds");
    if (slept) life.events.add("sleep");
    else if (wasReset) {
      const over = rangeUj - beforeUj + counterUj;
      const looksNormal = counterUj >= beforeUj ? counterUj - beforeUj <= mostUj : over <= mostUj;
      life.events.add(looksNormal ? "hidden reset" : "reset");
      if (looksNormal) life.hiddenJ += mostUj / 1e6;
    }
    [slept, wasReset, beforeUj] = [false, false, counterUj];
    life.truthJ = spentJ;
    life.readS = nowS;
  }
  life.notes = sensor.notes();
  life.readS -= 100;
  return life;
}

/** From a sleeping laptop to a large server, now and then close to what is believed possible. */
const drawOf = (random: Random): number => random.next() ** 3 * (MOST_WATTS - 1);

test("no history of wraps, resets, gaps, sleeps and failed reads makes energy, loses it silently or runs back", () => {
  const counts = { exact: 0, flagged: 0, hidden: 0 };
  for (let seed = 1; seed <= HISTORIES; seed++) {
    const life = live(seed);
    const { joules, coveredS, truthJ, readS, events, mostJ, hiddenJ, notes } = life;
    // Plain comparisons: a hundred thousand expectations would take longer than the histories.
    const fail = (what: string): never => {
      throw new Error(`${what}: ${JSON.stringify({ ...life, events: [...events] })}`);
    };
    if (!(joules >= 0) || joules > mostJ + 1e-3) fail("impossible joules");
    if (coveredS > readS + 1e-6) fail("covers more than the time");
    const error = joules - truthJ;
    const lost = ["reset", "sleep", "rounds"].some((event) => events.has(event as never));
    if (events.has("hidden reset")) {
      counts.hidden++;
      if (error > hiddenJ + 1e-3) fail("more than a hidden reset can add");
    } else if (error > 1e-3) fail("energy from nothing");
    else if (lost) {
      counts.flagged++;
      if (!(coveredS < readS - 1e-6) || notes.length === 0) fail("a loss that is not said");
    } else {
      counts.exact++;
      if (Math.abs(error) > 1e-3) fail("not exact");
      if (Math.abs(coveredS - readS) > 1e-6) fail("not covered");
    }
    if (events.has("unreadable") && notes.length === 0) fail("a failed read that is not said");
  }
  // Each kind is common, and resets that no counter can show are rare.
  expect(counts.exact).toBeGreaterThan(HISTORIES / 5);
  expect(counts.flagged).toBeGreaterThan(HISTORIES / 5);
  expect(counts.hidden).toBeLessThan(HISTORIES / 10);
});
