import { expect, test } from "vitest";
import { MEASURED_MACHINE } from "../../../test/support/fake-machine.ts";
import { type FakeOptions, fakeWorld } from "../../../test/support/fake-world.ts";
import { sampleReceipt } from "../../../test/support/sample-receipt.ts";
import { parseReceipt } from "../../receipt/parse-receipt.ts";
import { pickUp } from "./pick-up.ts";
import { SNAPSHOT_SCHEMA } from "./snapshot.ts";

const { id: _, ...body } = sampleReceipt({ kind: "monitor", outcome: { status: "interrupted" } });
/** Process 5001 of the fake machine runs, and has run since tick 1. */
const SNAPSHOT = {
  schema: SNAPSHOT_SCHEMA,
  host: "fake",
  pid: 5_001,
  process_start: 1,
  at: "2025-12-31T23:59:59.000Z",
  interval_s: 1,
  ended: false,
  body,
};
const PATH = "/home/frugal/monitor/5001-1767225000000.json";
const PENDING = "/home/frugal/ledger/pending/";

function left(snapshot: object | string, options: FakeOptions = {}) {
  const text = typeof snapshot === "string" ? snapshot : JSON.stringify(snapshot);
  return fakeWorld({
    env: { FRUGAL_HOME: "/home/frugal" },
    ...options,
    files: { ...MEASURED_MACHINE, ...options.files, [PATH]: text },
  });
}
const pendingIn = (world: ReturnType<typeof left>) =>
  [...world.stored].filter(([path]) => path.startsWith(PENDING)).map(([, bytes]) => bytes);

const RUNS: readonly (readonly [why: string, changes: object])[] = [
  ["its process runs", {}],
  ["where no start is told, a process of its id runs", { process_start: undefined, pid: 6_000 }],
  ["another machine wrote it a second ago", { host: "other", process_start: 7 }],
  [
    "another machine writes it each five minutes",
    { host: "other", at: "2025-12-31T23:50:00.000Z", interval_s: 300 },
  ],
];
test.each(RUNS)("a snapshot is left alone when %s", async (_why, changes) => {
  const world = left({ ...SNAPSHOT, ...changes }, { running: [6_000] });
  expect(await pickUp(world)).toEqual([]);
  expect([world.stored.has(PATH), pendingIn(world)]).toEqual([true, []]);
});

const GONE: readonly (readonly [why: string, changes: object])[] = [
  ["there is no process of its id", { pid: 6_000 }],
  ["its id is another process now", { process_start: 2 }],
  ["where no start is told, there is no process of its id", { process_start: undefined, pid: 6_001 }],
  ["another machine has been silent for minutes", { host: "other", at: "2025-12-31T23:57:00.000Z" }],
];
test.each(GONE)("a snapshot becomes a receipt that says so when %s", async (_why, changes) => {
  const world = left({ ...SNAPSHOT, ...changes }, { running: [6_000] });
  const [picked] = await pickUp(world);
  expect(picked).toMatchObject({
    kind: "stored",
    receipt: {
      duration_s: 4.25,
      energy: { notes: expect.arrayContaining([expect.stringMatching(/^cut short.* 1 s /)]) },
    },
  });
  expect(pendingIn(world).map((bytes) => parseReceipt(bytes).ok)).toEqual([true]);
  expect(world.stored.has(PATH)).toBe(false);
});

test("two starts at once store it once", async () => {
  const worlds = [left({ ...SNAPSHOT, pid: 1 }), left({ ...SNAPSHOT, pid: 1 })];
  await Promise.all(worlds.map((world) => pickUp(world)));
  const [one, other] = worlds.map((world) =>
    [...world.stored.keys()].filter((path) => path.startsWith(PENDING)),
  );
  expect(one).toHaveLength(1);
  expect(other).toEqual(one);
});

test("one that had ended before its process was killed gives the very receipt that it may have stored", async () => {
  const world = left({ ...SNAPSHOT, pid: 1, ended: true });
  expect(await pickUp(world)).toMatchObject([{ kind: "stored", receipt: { ...body } }]);
  expect([...world.stored.keys()]).toContain(`${PENDING}${sampleReceipt(body).id}.json`);
});

test.each([
  ["{", "not JSON"],
  ["null", SNAPSHOT_SCHEMA],
  [JSON.stringify({ ...SNAPSHOT, pid: "1" }), SNAPSHOT_SCHEMA],
  [JSON.stringify({ ...SNAPSHOT, body: null }), "receipt"],
  [JSON.stringify({ ...SNAPSHOT, body: { ...body, duration_s: "4" } }), "duration_s"],
])("what holds no measurement stays where it is, and is said: %s", async (text, why) => {
  const world = left(text);
  expect(await pickUp(world)).toMatchObject([
    { kind: "kept", path: PATH, why: expect.stringContaining(why) },
  ]);
  expect(world.stored.has(PATH)).toBe(true);
});

test("whichever call fails, the snapshot or its receipt is there", async () => {
  for (let call = 1; ; call++) {
    const world = left({ ...SNAPSHOT, pid: 1 }, { failAt: { call, code: "EACCES" } });
    await pickUp(world);
    expect(world.stored.has(PATH) || pendingIn(world).length > 0).toBe(true);
    if (world.fileCalls() < call) break;
  }
});
