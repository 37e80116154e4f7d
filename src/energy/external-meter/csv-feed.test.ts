import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { openCsvFeed } from "./csv-feed.ts";
import { readCsvMeter } from "./csv-history.ts";
import { meterSeries } from "./meter-series.ts";
import { parseMeterSpec } from "./meter-spec.ts";

const FILE = "power.csv";
const START_MS = Date.parse("2026-01-01T00:00:00.000Z");
const encoder = new TextEncoder();

function logged(text: string) {
  const world = fakeWorld({ files: { [FILE]: text } });
  const append = (more: string): void => {
    const before = new TextDecoder().decode(world.stored.get(FILE));
    world.stored.set(FILE, encoder.encode(before + more));
  };
  const spec = (options = "") => parseMeterSpec(`csv:${FILE}${options && `#${options}`}`);
  return { world, append, spec };
}
const row = (second: number, watts: number): string =>
  `${new Date(START_MS + 1_000 * second).toISOString()},${watts}\n`;

test("a file that grows is followed; half a line waits for its end", async () => {
  const { world, append, spec } = logged(`time,watts\n${row(0, 10)}`);
  const feed = await openCsvFeed(world, spec());
  world.clock.advance(2);
  const [first, rest] = [row(1, 20), row(2, 30)];
  append(first + rest.slice(0, 12));
  expect(await feed.poll()).toEqual([
    { atS: 0, value: 10 },
    { atS: 1, value: 20 },
  ]);
  append(rest.slice(12));
  expect(await feed.poll()).toEqual([{ atS: 2, value: 30 }]);
  expect(await feed.poll()).toEqual([]);
  expect(feed.notes().join()).toContain("the two clocks agree");
});

test("a file that is cut, as by log rotation, is read again from its start, which is said", async () => {
  const { world, spec } = logged(`time,watts\n${row(0, 10)}${row(1, 10)}`);
  world.clock.advance(1);
  const feed = await openCsvFeed(world, spec());
  await feed.poll();
  world.clock.advance(2);
  world.stored.set(FILE, encoder.encode(`time,watts\n${row(3, 50)}`));
  expect(await feed.poll()).toEqual([{ atS: 3, value: 50 }]);
  expect(feed.notes().join()).toContain("became shorter");
});

test("only the end of a long file is read at the start, and its pace is known from it", async () => {
  const history = Array.from({ length: 5_000 }, (_, at) => row(5 * (at - 4_999), 40)).join("");
  const { world, spec } = logged(`time,watts\n${history}`);
  const feed = await openCsvFeed(world, spec());
  expect(feed.periodS).toBe(5);
  const points = await feed.poll();
  expect(points.length).toBeLessThan(1_000);
  expect(points.at(-1)).toEqual({ atS: 0, value: 40 });
});

test.each([
  [5, "ahead of this machine's by at least 5.0 s"],
  [-30, "behind by up to 30.0 s"],
])(
  "a meter's clock that is %d s off is told, and a reading of the future counts as one of now",
  async (off, words) => {
    const { world, append, spec } = logged("time,watts\n");
    const feed = await openCsvFeed(world, spec());
    for (let second = 1; second <= 4; second++) {
      world.clock.advance(1);
      append(row(second + off, 40));
      for (const { atS } of await feed.poll()) expect(atS).toBeLessThanOrEqual(world.clock.now());
    }
    expect(feed.notes().join()).toContain(words);
    const corrected = await openCsvFeed(world, spec(`offset=${-off}`));
    expect((await corrected.poll()).at(-1)).toEqual({ atS: 4, value: 40 });
  },
);

test("rows that are written a minute late count in full once they are there", async () => {
  const { world, append, spec } = logged(`time,watts\n${row(0, 100)}`);
  const feed = await openCsvFeed(world, spec());
  const series = meterSeries(feed.quantity, 0, feed.periodS);
  for (let minute = 0; minute < 5; minute++) {
    world.clock.advance(60);
    append(Array.from({ length: 60 }, (_, second) => row(60 * minute + second + 1, 100)).join(""));
    series.add(await feed.poll(), world.clock.now());
    const { joules, coveredS } = series.sample(world.clock.now());
    expect([joules, coveredS]).toEqual([6_000 * (minute + 1), 60 * (minute + 1)]);
  }
  // By now it is known how long rows take to come.
  world.clock.advance(45);
  expect(series.sample(world.clock.now()).joules).toBeCloseTo(34_500, 6);
});

test("after the fact, the rows of a time span are read from anywhere in the file", async () => {
  const all = Array.from({ length: 60_000 }, (_, at) => row(at, at)).join("");
  const { world, spec } = logged(`time,watts\n${all}`);
  const { rows } = await readCsvMeter(world, spec("offset=10"), {
    fromMs: START_MS + 50_010_000,
    toMs: START_MS + 50_012_000,
  });
  expect(rows.map(({ value }) => value)).toEqual([50_000, 50_001, 50_002]);
  expect(rows[0]?.wallMs).toBe(START_MS + 50_010_000);
});
