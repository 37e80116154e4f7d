import { expect, test } from "vitest";
import { type FakeWorld, fakeWorld, SystemError } from "../../test/support/fake-world.ts";
import { type MemoryPlace, memoryPlace } from "../../test/support/memory-database.ts";
import { numberedReceipt } from "../../test/support/sample-receipt.ts";
import { FrugalError } from "../core/error.ts";
import type { Files } from "../core/ports.ts";
import { canonicalJson } from "../receipt/canonical.ts";
import { anchorOf, readAnchor, writeAnchor } from "./anchor.ts";
import { fromHex, GENESIS, hex } from "./chain.ts";
import { type Intake, ingest } from "./ingest.ts";
import { writePending } from "./pending.ts";
import { check, verify } from "./verify.ts";

const HOME = "/home/fake";
const PENDING = `${HOME}/ledger/pending`;
const DATABASE = `${HOME}/ledger/receipts-1.db`;
const receipts = [0, 1, 2].map((index) => numberedReceipt(index));
const ids = receipts.map(({ id }) => id);
const FILES = {
  ...Object.fromEntries(receipts.map((receipt) => [`${PENDING}/${receipt.id}.json`, canonicalJson(receipt)])),
  [`${PENDING}/half.json`]: '{"half":',
};

const pendingIn = (world: FakeWorld): string[] =>
  [...world.stored.keys()]
    .filter((path) => path.startsWith(`${PENDING}/`))
    .map((path) => path.slice(PENDING.length + 1));
const storedIn = (place: MemoryPlace): string[] => [...place.rows.values()].flat().map(({ id }) => hex(id));

test("pending receipts get into the chain, the anchor covers them, and what is no receipt is kept apart and said", async () => {
  const world = fakeWorld({ files: FILES });
  const place = memoryPlace(world, HOME);
  const intake = await ingest(place);
  expect(intake).toEqual({
    added: 3,
    refused: [{ name: "half.json", why: expect.stringContaining("JSON") }],
  });
  expect(storedIn(place).sort()).toEqual([...ids].sort());
  expect(pendingIn(world)).toEqual([]);
  expect(new TextDecoder().decode(world.stored.get(`${HOME}/ledger/quarantine/half.json`))).toBe('{"half":');
  expect(await verify(place)).toMatchObject({ length: 3, problems: [], quarantined: 1 });
  expect((await readAnchor(world.files, HOME))?.length).toBe(3);
});

test("with nothing pending nothing is touched", async () => {
  const world = fakeWorld();
  expect(await ingest(memoryPlace(world, HOME))).toEqual({ added: 0, refused: [] });
  expect(world.stored.size).toBe(0);
});

test("a receipt that comes twice is stored once", async () => {
  const world = fakeWorld({ files: FILES });
  const place = memoryPlace(world, HOME);
  await ingest(place);
  await writePending(world.files, HOME, receipts[1]!);
  expect(await ingest(place)).toEqual({ added: 0, refused: [] });
  expect(storedIn(place)).toHaveLength(3);
  expect(pendingIn(world)).toEqual([]);
});

test("a file under another receipt's name is refused", async () => {
  const world = fakeWorld({ files: { [`${PENDING}/${ids[0]}.json`]: canonicalJson(receipts[1]) } });
  const { refused } = await ingest(memoryPlace(world, HOME));
  expect(refused).toMatchObject([{ why: "its name is not the receipt's id" }]);
});

/** From the given call on, the disk is gone: a killed process does nothing more either. */
function dying(files: Files, from: number): { files: Files; calls: () => number } {
  let calls = 0;
  const dead = new Proxy(files, {
    get(target, name: keyof Files) {
      return (...args: unknown[]) => {
        if (++calls >= from) throw new SystemError("EIO", String(args[0]));
        return (target[name] as (...given: unknown[]) => unknown)(...args);
      };
    },
  });
  return { files: dead, calls: () => calls };
}

async function expectNothingLost(world: FakeWorld, place: MemoryPlace, problems: unknown): Promise<void> {
  // What the anchor does not cover yet must still be pending: the database's end could be cut unnoticed.
  const { length = 0 } = (await readAnchor(world.files, HOME)) ?? {};
  const kept = [
    ...storedIn(place).slice(0, length),
    ...pendingIn(world).map((name) => name.replace(".json", "")),
  ];
  for (const id of ids) expect(kept).toContain(id);
  expect((await check(place)).problems, JSON.stringify(problems)).toEqual([]);
  expect(place.locks()).toBe(0);
  // The next ingest finishes what this one began.
  await ingest(place);
  expect(storedIn(place).sort()).toEqual([...ids].sort());
  expect(pendingIn(world)).toEqual([]);
  expect([...world.stored.keys()]).toContain(`${HOME}/ledger/quarantine/half.json`);
  expect(await verify(place)).toMatchObject({ length: 3, problems: [] });
}

test("killed at any file call, it loses nothing and doubles nothing", async () => {
  for (let from = 1; ; from++) {
    const world = fakeWorld({ files: FILES });
    const place = memoryPlace(world, HOME);
    const { files, calls } = dying(world.files, from);
    const outcome = await ingest({ ...place, files }).catch((thrown: unknown) => thrown);
    await expectNothingLost(world, place, outcome);
    if (calls() < from) break;
    expect(from).toBeLessThan(100);
  }
});

test("whichever file call fails once, the outcome is a clean error or a delay with its reason", async () => {
  for (let call = 1; ; call++) {
    const world = fakeWorld({ files: FILES, failAt: { call, code: "ENOSPC" } });
    const place = memoryPlace(world, HOME);
    const outcome = await ingest(place).catch((thrown: unknown) => thrown);
    const calls = world.fileCalls();
    if (outcome instanceof Error) expect(outcome).toBeInstanceOf(FrugalError);
    else if (calls >= call) {
      const { waiting, refused } = outcome as Intake;
      const told = [waiting?.why.code, ...refused.map(({ why }) => why)];
      expect(
        ["disk-full", "file-unreadable", "ENOSPC"].some((why) => told.includes(why)),
        String(told),
      ).toBe(true);
    }
    // The call to fail was never made: the sweep is over.
    if (calls < call) break;
    await expectNothingLost(world, place, outcome);
  }
});

test.each(["ledger-busy", "disk-full", "file-unwritable"] as const)(
  "%s from the database only delays: the receipts stay pending, and why is told",
  async (code) => {
    const world = fakeWorld({ files: FILES });
    const place = memoryPlace(world, HOME);
    const openForWriting = (): never => {
      throw new FrugalError({ code, what: "w", why: "y", remedy: "r" });
    };
    const { waiting } = await ingest({ ...place, openForWriting });
    expect(waiting).toMatchObject({ count: 4, why: { code } });
    await expectNothingLost(world, place, waiting);
  },
);

test("a reader that holds the log back keeps the pending files, and the rows are not added twice", async () => {
  const world = fakeWorld({ files: FILES });
  const place = memoryPlace(world, HOME);
  const openForWriting: MemoryPlace["openForWriting"] = (path) => ({
    ...place.openForWriting(path),
    settle: () => false,
  });
  expect(await ingest({ ...place, openForWriting })).toMatchObject({ added: 3 });
  expect(pendingIn(world)).toHaveLength(3);
  expect((await readAnchor(world.files, HOME))?.length).toBe(0);
  await expectNothingLost(world, place, undefined);
});

test("nothing is added to a chain that lost its end, its anchor or its database: pending receipts stay", async () => {
  const cut = async (damage: (world: FakeWorld, place: MemoryPlace) => void | Promise<void>) => {
    const world = fakeWorld({ files: FILES });
    const place = memoryPlace(world, HOME);
    await ingest(place);
    await damage(world, place);
    await writePending(world.files, HOME, numberedReceipt(9));
    await expect(ingest(place)).rejects.toMatchObject({ code: "ledger-damaged" });
    expect(pendingIn(world)).toHaveLength(1);
    const { problems, intake } = await verify(place);
    expect(problems.length).toBeGreaterThan(0);
    expect(intake.added).toBe(0);
  };
  await cut((_, place) => void place.rows.get(DATABASE)?.pop());
  await cut((world) => void world.stored.delete(`${HOME}/ledger/head.json`));
  await cut((world) => void world.stored.delete(DATABASE));
  await cut((world) => void world.stored.set(`${HOME}/ledger/head.json`, Buffer.from("{")));
  await cut((world) =>
    writeAnchor(world.files, HOME, anchorOf("receipts-1.db", { length: 2, head: GENESIS }, [])),
  );
  await cut((_, place) => {
    const last = place.rows.get(DATABASE)!.pop()!;
    place.rows.get(DATABASE)!.push({ ...last, link: fromHex("00".repeat(32)) });
  });
});
