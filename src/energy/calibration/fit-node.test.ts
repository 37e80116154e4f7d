/** One line per machine, held against machines whose truth is known; and what is too little to fit one. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Random, seededRandom } from "../../core/random.ts";
import { crossValidate, studentT } from "./cross-validation.ts";
import { fitNode, type WallReadings } from "./fit-node.ts";
import { RECORDING_SCHEMA, type Recording } from "./recording.ts";
import { staircase } from "./staircase.ts";
import { type FitPoint, fitLine, valueAt } from "./straight-line.ts";

const MACHINES = 24;
const THREADS = 16;
const SAMPLE_S = 1;
const STAMP = "2026-01-01T00:00:00.000Z";

interface Truth {
  readonly sensedW: number;
  readonly wallW: number;
  readonly busy: number;
}

/**
 * A machine as published ones are: the wall is 30 to 90 W plus 1.05 to 1.2 times what is sensed, bent a little by the supply's
 * efficiency; kinds of load differ by a tenth in power per busy thread, memory draws what no counter sees, fans follow
 * warmth.
 */
function machineOf(random: Random) {
  const between = (low: number, high: number): number => low + (high - low) * random.next();
  const [boardW, supply, idleW] = [between(30, 90), between(1.05, 1.2), between(8, 40)];
  const perThread = between(3, 12);
  const bend = between(-0.05, 0.05);
  const kinds = { integer: between(0.9, 1.1), float: between(0.95, 1.2), memory: between(0.8, 1) };
  const unseen = { integer: 0, float: 0, memory: between(0, 0.6) };
  const fullW = idleW + THREADS * perThread;
  let warmth = 0;
  return (load: keyof typeof kinds | "idle", level: number): Truth => {
    const busyThreads = load === "idle" ? 0 : level * THREADS;
    const activeW = load === "idle" ? 0 : busyThreads * perThread * kinds[load];
    const sensedW = idleW + activeW;
    warmth += (sensedW / fullW - warmth) / 60;
    const unseenW = load === "idle" ? 0 : busyThreads * unseen[load];
    const part = sensedW / fullW;
    const wallW = boardW + supply * (1 + bend * part) * sensedW + unseenW + 6 * warmth;
    return { sensedW, wallW, busy: busyThreads / THREADS };
  };
}

type Machine = ReturnType<typeof machineOf>;

function record(
  machine: Machine,
  random: Random,
  options: { hasCounter: boolean; gain: number; minutes?: number },
) {
  const recording: {
    -readonly [K in keyof Recording]: Recording[K] extends readonly number[] ? number[] : Recording[K];
  } = {
    schema: RECORDING_SCHEMA,
    started_at: STAMP,
    machine: { hostname: "desk", cpu_model: "Simulated", cpu_threads: THREADS },
    parts: options.hasCounter ? ["cpu counter powercap: package-0"] : [],
    steps: [],
    at_s: [0],
    sensed_j: [0],
    cpu_j: [],
    busy_s: [0],
  };
  const points = [{ atS: 0, value: 0 }];
  const steps = [];
  let [atS, sensedJ, busyS] = [0, 0, 0];
  for (const { load, level, seconds } of staircase(options.minutes ?? 10)) {
    const fromS = atS;
    for (let left = seconds; left > 1e-9; left -= SAMPLE_S) {
      const { sensedW, wallW, busy } = machine(load, level);
      atS += SAMPLE_S;
      sensedJ += sensedW * (1 + 0.01 * (random.next() - 0.5)) * SAMPLE_S;
      busyS += busy * THREADS * SAMPLE_S;
      recording.at_s.push(atS);
      recording.sensed_j.push(sensedJ);
      recording.busy_s.push(busyS);
      points.push({ atS, value: wallW * options.gain * (1 + 0.02 * (random.next() - 0.5)) });
    }
    steps.push({ from_s: fromS, to_s: atS, load, level });
  }
  recording.steps = steps;
  if (!options.hasCounter) recording.sensed_j = [];
  const wall: WallReadings = { name: "plug", quantity: "power", accuracy: 0.02, points };
  return { recording: recording as Recording, wall };
}

test.each([
  ["counters", true],
  ["busy time alone", false],
])("%s: work that the fit has not seen is told to 7 %, and the interval holds it", (_, hasCounter) => {
  const errors: number[] = [];
  let held = 0;
  for (let seed = 1; seed <= MACHINES; seed++) {
    const random = seededRandom(seed);
    const machine = machineOf(random);
    const gain = 1 + 0.02 * (2 * random.next() - 1);
    const { recording, wall } = record(machine, random, { hasCounter, gain });
    const fit = fitNode(recording, wall, STAMP);
    expect(fit.predictor).toBe(hasCounter ? "sensed" : "busy");
    for (let work = 0; work < 10; work++) {
      const load = (["integer", "float", "memory", "idle"] as const)[Math.floor(4 * random.next())]!;
      const level = random.next();
      let truth: Truth = machine(load, level);
      for (let second = 0; second < 60; second++) truth = machine(load, level);
      const x = hasCounter ? truth.sensedW : truth.busy;
      const told = fit.intercept_w + fit.slope * x;
      errors.push(told / truth.wallW - 1);
      if (Math.abs(told - truth.wallW) <= fit.error.half_width * told) held++;
    }
  }
  const mean = errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length;
  expect(mean).toBeLessThan(0.035);
  const within = errors.filter((error) => Math.abs(error) <= 0.07).length / errors.length;
  expect(within).toBeGreaterThan(hasCounter ? 0.98 : 0.9);
  expect(held / errors.length).toBeGreaterThan(0.9);
});

const refusal = (change: (facts: ReturnType<typeof record>) => ReturnType<typeof record>, minutes = 10) => {
  const random = seededRandom(7);
  const facts = record(machineOf(random), random, { hasCounter: true, gain: 1, minutes });
  return () => {
    const { recording, wall } = change(facts);
    return fitNode(recording, wall, STAMP);
  };
};
const withPoints = (facts: ReturnType<typeof record>, of: (value: number, index: number) => number) => ({
  ...facts,
  wall: {
    ...facts.wall,
    points: facts.wall.points.map(({ atS, value }, index) => ({ atS, value: of(value, index) })),
  },
});

test.each([
  ["a meter of another machine", refusal((facts) => withPoints(facts, () => 60)), "moved by 0.0 %"],
  [
    "a meter that falls when the load rises",
    refusal((facts) => withPoints(facts, (value) => 500 - value)),
    "rose by -",
  ],
  [
    "a meter that sees half of the power",
    refusal((facts) => withPoints(facts, (value) => 60 + value / 2)),
    "rose by 0.",
  ],
  [
    "a meter behind which others work",
    refusal((facts) =>
      withPoints(facts, (value, at) => value + (Math.sin(at * at) > 0.3 && at % 61 < 20 ? 300 : 0)),
    ),
    "error on readings",
  ],
  [
    "a meter that was away for half of the time",
    refusal((facts) => ({ ...facts, wall: { ...facts.wall, points: facts.wall.points.slice(0, 300) } })),
    "windows only",
  ],
  [
    "no meter at all",
    refusal((facts) => ({ ...facts, wall: { ...facts.wall, points: [] } })),
    "windows only",
  ],
  [
    "a machine whose load never changed",
    refusal((facts) => ({
      ...facts,
      recording: {
        ...facts.recording,
        steps: [],
        at_s: facts.recording.at_s.slice(0, 30),
        sensed_j: facts.recording.sensed_j.slice(0, 30),
        busy_s: facts.recording.busy_s.slice(0, 30),
      },
    })),
    "2 windows",
  ],
])("%s is refused, and nothing is fitted", (_, fit, why) => {
  expect(fit).toThrow(
    expect.objectContaining({
      code: "calibration-refused",
      why: expect.stringContaining(why),
      remedy: expect.stringMatching(/\w/),
    }),
  );
});

test("a counter in steps of 1 Wh needs more time, and then gives the same line", () => {
  const steps = (minutes: number) =>
    refusal(({ recording, wall }) => {
      let joules = 0;
      const points = wall.points.map(({ atS, value }, index) => {
        joules += index === 0 ? 0 : value * (atS - wall.points[index - 1]!.atS);
        return { atS, value: 3_600 * Math.floor(joules / 3_600) };
      });
      return { recording, wall: { ...wall, quantity: "energy", points } };
    }, minutes);
  const byPower = refusal((facts) => facts, 120)();
  const byCounter = steps(120)();
  expect(byCounter.slope / byPower.slope).toBeCloseTo(1, 1);
  expect(byCounter.error.cross_validated_rms).toBeLessThan(0.07);
  expect(steps(2)).toThrow(expect.objectContaining({ code: "calibration-refused" }));
});

test("the fit carries what it was made of, so that anyone gets the same line", () => {
  const fit = refusal((facts) => facts)();
  const again = fitLine(fit.windows.map(({ x, wall_w }) => ({ x, y: wall_w })))!;
  expect(again.slope).toBeCloseTo(fit.slope, 12);
  expect(again.intercept).toBeCloseTo(fit.intercept_w, 9);
  expect(JSON.parse(JSON.stringify(fit))).toEqual(fit);
});

const watts = fc.double({ min: 1, max: 1_000, noNaN: true });

test("points on a line give that line", () => {
  fc.assert(
    fc.property(
      watts,
      watts,
      fc.uniqueArray(watts, { minLength: 2, maxLength: 20, selector: (x) => Math.round(x) }),
      (intercept, slope, xs) => {
        const line = fitLine(xs.map((x) => ({ x, y: intercept + slope * x })))!;
        for (const x of xs) expect(valueAt(line, x) / (intercept + slope * x)).toBeCloseTo(1, 6);
      },
    ),
  );
});

test("scaling all powers scales the line, and leaves relative errors as they are", () => {
  const random = seededRandom(3);
  const points: FitPoint[] = Array.from({ length: 30 }, (_, at) => ({
    x: 10 + 200 * random.next(),
    y: 50 + 300 * random.next(),
    block: String(at % 5),
  }));
  const learn = (rest: readonly FitPoint[]) => {
    const line = fitLine(rest)!;
    return ({ x }: FitPoint) => valueAt(line, x);
  };
  const scaled = points.map((point) => ({ ...point, y: 3 * point.y }));
  const [one, other] = [crossValidate(points, learn)!, crossValidate(scaled, learn)!];
  expect(other.rms).toBeCloseTo(one.rms, 12);
  expect(other.worst).toBeCloseTo(one.worst, 12);
  expect(fitLine(scaled)!.slope).toBeCloseTo(3 * fitLine(points)!.slope, 9);
});

test("x that does not vary has no line", () => {
  expect(
    fitLine([
      { x: 5, y: 1 },
      { x: 5, y: 2 },
    ]),
  ).toBeUndefined();
});

test.each([
  [1, 12.706],
  [10, 2.228],
  // Abramowitz and Stegun, table 26.10.
  [20, 2.086],
  [120, 1.98],
])("Student's t for %d degrees of freedom is %d", (degrees, quantile) => {
  expect(studentT(degrees)).toBeCloseTo(quantile, 1);
});
