/** What the bench computes from what it measured: a wrong ratio looks like a right one. */
import fc from "fast-check";
import { expect, test } from "vitest";

// Scripts without types.
const load = async (path: string) => await import(new URL(`../bench/${path}`, import.meta.url).href);
const { csv, differenceCells, medianDifference, ratioCells, ratioOf, seriesOf, verdict } =
  await load("summary.mjs");
const { busyThreadWatts, pythonVersion, readingsIn, requirementName } = await load(
  "peers/codecarbon/readings.mjs",
);

const rowsOf = (pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([a, b], pair) => ({ pair, first: pair % 2 === 0 ? "a" : "b", a, b }));
const amount = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const pairs = fc.array(fc.tuple(amount, amount), { minLength: 2, maxLength: 12 });
const labels = { a: { label: "ours" }, b: { label: "theirs" } };

test("a difference is that of each pair, so what slows both down falls out", () => {
  const { low, value, high } = medianDifference(
    rowsOf([
      [11, 1],
      [112, 102],
      [13, 3],
      [1_010, 1_000],
    ]),
  );
  expect([low, value, high]).toEqual([10, 10, 10]);
});

test("a ratio says how many times B is A, and turns over when A and B are exchanged", () => {
  expect(
    ratioOf(
      rowsOf([
        [2, 8],
        [3, 12],
        [10, 40],
      ]),
    ).value,
  ).toBeCloseTo(4, 12);
  fc.assert(
    fc.property(pairs, (each) => {
      const there = ratioOf(rowsOf(each));
      const back = ratioOf(rowsOf(each.map(([a, b]) => [b, a] as const)));
      expect(there.value * back.value).toBeCloseTo(1, 9);
      expect(there.low * back.high).toBeCloseTo(1, 9);
    }),
    { numRuns: 20 },
  );
});

test("a slowdown that both sides of a pair share leaves their ratio as it was", () => {
  fc.assert(
    fc.property(
      pairs,
      fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 12, maxLength: 12 }),
      (each, slower) => {
        const slowed = each.map(([a, b], at) => [a * slower[at]!, b * slower[at]!] as const);
        expect(ratioOf(rowsOf(slowed)).value / ratioOf(rowsOf(each)).value).toBeCloseTo(1, 9);
      },
    ),
    { numRuns: 20 },
  );
});

test("there is no ratio where a side spent nothing", () => {
  expect(
    ratioOf(
      rowsOf([
        [0, 8],
        [3, 12],
      ]),
    ),
  ).toBeUndefined();
  expect(
    ratioCells({
      name: "x",
      unit: "J",
      ...labels,
      rows: rowsOf([
        [0, 8],
        [0, 8],
      ]),
    }).at(-1),
  ).toBe("–");
});

test.each([
  [{ low: 1, high: 9 }, "met"],
  [{ low: 11, high: 12 }, "missed"],
  [{ low: 9, high: 11 }, "undecided"],
  [{ low: 8, high: 10 }, "met"],
])("a target of 10 is judged by the whole interval: %o is %s", (interval, expected) => {
  expect(verdict(interval, 10)).toBe(expected);
});

test("a row shows both medians and names the unit of the difference", () => {
  const cells = differenceCells({
    name: "start",
    unit: "ms",
    target: 15,
    ...labels,
    rows: rowsOf([
      [30, 10],
      [31, 11],
    ]),
  });
  expect(cells).toEqual(["start", "ours: 30.5 ms", "theirs: 10.5 ms", "20 ms (20 … 20)", "≤ 15 ms: missed"]);
  expect(
    ratioCells({
      name: "start",
      unit: "ms",
      ...labels,
      rows: rowsOf([
        [10, 30],
        [10, 30],
      ]),
    }),
  ).toEqual(["start", "ours: 10 ms", "theirs: 30 ms", "3 (3 … 3)"]);
});

test("a measurement that tells several readings gives one series for each, its pairs kept together", () => {
  const rows = [{ pair: 0, first: "b", a: { x: 1, y: 2 }, b: { x: 3, y: 4 } }];
  const readings = [
    { name: "x", unit: "J", of: (found: { x: number }) => found.x },
    { name: "x + y", unit: "W", of: (found: { x: number; y: number }) => found.x + found.y },
  ];
  const series = seriesOf({ name: "load, process", readings, rows, ...labels });
  expect(series).toMatchObject([
    { name: "load, process: x", unit: "J", rows: [{ pair: 0, first: "b", a: 1, b: 3 }] },
    { name: "load, process: x + y", unit: "W", rows: [{ pair: 0, first: "b", a: 3, b: 7 }] },
  ]);
  expect(csv(series).split("\n")[1]).toBe('"load, process: x",J,0,b,1.0000,3.0000');
});

test("the last line of a side is its reading; log lines before it are not", () => {
  const found = readingsIn(
    '[codecarbon INFO] x\n{"start_ms": 12.5, "version": "3.3.0"}\n',
    ["start_ms"],
    "3.3.0",
  );
  expect(found.start_ms).toBe(12.5);
});

test.each([
  ["", "not a reading"],
  ["Traceback", "not a reading"],
  ['{"version": "3.3.0"}', "start_ms is undefined"],
  ['{"start_ms": null, "version": "3.3.0"}', "start_ms is null"],
  ['{"start_ms": "12", "version": "3.3.0"}', 'start_ms is "12"'],
  ['{"start_ms": -1, "version": "3.3.0"}', "start_ms is -1"],
  ['{"start_ms": 1, "version": "3.2.9"}', "CodeCarbon 3.2.9 ran, not 3.3.0"],
  ['{"start_ms": 1}', "CodeCarbon undefined ran"],
  ["null", "CodeCarbon undefined ran"],
])("%j is no reading: %s", (stdout, why) => {
  expect(() => readingsIn(stdout, ["start_ms"], "3.3.0")).toThrow(why);
});

test("a busy thread's watts are the CPU's joules by the load's CPU seconds, not by the clock", () => {
  expect(busyThreadWatts({ cpu_j: 20, load_cpu_s: 5, load_wall_s: 10 })).toBe(4);
});

test.each([
  ["Python 3.11.7\n", [3, 11]],
  ["Python 3.9.2", [3, 9]],
  ["Python 2.7.18", [2, 7]],
  ["pyenv: python3: command not found", undefined],
])("the version in %j", (text, expected) => {
  expect(pythonVersion(text)).toEqual(expected);
});

test.each([
  ["pandas>=2.3.3;python_version>='3.14'", "pandas"],
  ["psutil >= 6.0.0", "psutil"],
  ["prometheus_client", "prometheus_client"],
  ["nvidia-ml-py", "nvidia-ml-py"],
])("the requirement %s is called %s", (requirement, name) => {
  expect(requirementName(requirement)).toBe(name);
});
