import { expect, test } from "vitest";
import { type WorkingWorld, workingWorld } from "../../../test/support/working-world.ts";
import { unmetered } from "../../core/meter.ts";
import { openMeter } from "../../energy/open-meter.ts";
import {
  type Contestant,
  energyOfTurns,
  joulesOfTurns,
  secondsOfTurns,
  type Turn,
  takeTurns,
} from "./take-turns.ts";

/** Needs so many seconds for an item. */
const worker = (
  world: WorkingWorld,
  id: string,
  seconds: number,
  log: string[] = [],
): Contestant<number> => ({
  id,
  async work(block) {
    log.push(id);
    world.work(seconds * block.length);
  },
});

async function run(world: WorkingWorld, contestants: readonly Contestant<number>[], leastS = 0) {
  const open = await openMeter(world);
  const blocks = [
    [1, 2],
    [3, 4, 5],
  ];
  const turns = await takeTurns(contestants, { meter: open.meter, clock: world.clock, blocks, leastS });
  await open.close();
  return turns;
}

test("all do the same blocks in turns, after a round that does not count, and who begins changes", async () => {
  const world = workingWorld();
  const log: string[] = [];
  const turns = await run(world, [worker(world, "a", 1, log), worker(world, "b", 4, log)]);
  expect(log).toEqual(["a", "b", "a", "b", "b", "a"]);
  expect(turns.get("a")!.map(({ amount, durationS }) => [amount, durationS])).toEqual([[2, 2], [3, 3]]);
  expect(turns.get("b")!.map(({ amount, durationS }) => [amount, durationS])).toEqual([[2, 8], [3, 12]]);
}); // biome-ignore format: rows

test("energy per item is that of the work, whatever the block", async () => {
  const world = workingWorld();
  const turns = await run(world, [worker(world, "a", 1), worker(world, "b", 4)]);
  const [a, b] = ["a", "b"].map((id) => joulesOfTurns(turns.get(id)!));
  expect(b![0]! / a![0]!).toBeCloseTo(4, 6);
  expect(b![1]! / a![1]!).toBeCloseTo(4, 6);
  const energy = energyOfTurns(turns.get("b")!, { unit: "1,000 items", per: 1_000 });
  expect(energy).toMatchObject({ status: "modelled", unit: "1,000 items", repeats: 2 });
  expect(energy.per_unit_j?.value).toBeCloseTo(b![0]! * 1_000, 6);
  expect(energy.per_unit_j!.low).toBeLessThan(energy.per_unit_j!.value);
  expect(energy.sources.length).toBeGreaterThan(0);
  expect(secondsOfTurns(turns.get("b")!, 1_000)).toBeCloseTo(4_000, 6);
});

test("a turn that is too short repeats its block and counts what it did", async () => {
  const world = workingWorld();
  const turns = await run(world, [worker(world, "quick", 0.01)], 1);
  const [first] = turns.get("quick")!;
  expect(first!.durationS).toBeGreaterThanOrEqual(1);
  expect(first!.amount).toBeCloseTo(first!.durationS / 0.01, 6);
});

test("work that takes no time at all ends, too", async () => {
  const world = workingWorld();
  const turns = await run(world, [worker(world, "nothing", 0)], 1);
  expect(turns.get("nothing")![0]!.amount).toBe(40_000);
});

test("energy that nobody could read is unavailable, never zero", async () => {
  const world = workingWorld();
  const options = { meter: unmetered, clock: world.clock, blocks: [[1]], leastS: 0 };
  const turns = (await takeTurns([worker(world, "a", 1)], options)).get("a")!;
  const energy = energyOfTurns(turns, { unit: "item", per: 1 });
  expect(energy.status).toBe("unavailable");
  expect(energy).not.toHaveProperty("per_unit_j");
  expect(energyOfTurns([] as Turn[], { unit: "item", per: 1 }).status).toBe("unavailable");
});

test("what a contestant throws comes out", async () => {
  const world = workingWorld();
  const broken: Contestant<number> = { id: "broken", work: () => Promise.reject(new TypeError("oops")) };
  await expect(run(world, [broken])).rejects.toThrow("oops");
});
