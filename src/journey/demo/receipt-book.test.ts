import { expect, test } from "vitest";
import { fakeFetch } from "../../../test/support/fake-fetch.ts";
import { SystemError } from "../../../test/support/fake-world.ts";
import { workingWorld } from "../../../test/support/working-world.ts";
import type { ProgressEvent } from "../../core/progress.ts";
import { openBook } from "./receipt-book.ts";

const FACTS = { kind: "train", subject: { type: "model", id: "m" } } as const;
const signal = new AbortController().signal;

test("phases are receipts in order, and progress says the energy of all phases so far", async () => {
  const world = workingWorld();
  const seen: ProgressEvent[] = [];
  const book = openBook(world, { signal, progress: (event) => seen.push(event), carbon: { zone: "FR" } });
  const phase = (seconds: number) =>
    book.record(FACTS, async () => {
      world.work(seconds);
      book.progress({ kind: "advance", done: 1 });
      return { value: seconds, facts: { parents: book.receipts.map(({ id }) => id) } };
    });
  const first = await phase(10);
  const second = await phase(30);
  expect([first.value, second.value]).toEqual([10, 30]);
  expect(book.receipts).toEqual([first.receipt, second.receipt]);
  expect(second.receipt.parents).toEqual([first.receipt.id]);
  expect(second.receipt.carbon?.zone).toBe("FR");
  const [one, two] = book.receipts.map(({ energy }) => energy.total_j!.value);
  expect(two! / one!).toBeCloseTo(3, 6);
  expect(seen).toEqual([
    { kind: "advance", done: 1, energyJ: one },
    { kind: "advance", done: 1, energyJ: expect.closeTo(one! + two!, 6) },
  ]);
});

test("after an abort no phase begins", async () => {
  const world = workingWorld();
  const book = openBook(world, { signal: AbortSignal.abort(), progress: () => {} });
  await expect(book.record(FACTS, async () => ({ value: 1 }))).rejects.toMatchObject({ code: "aborted" });
  expect(book.receipts).toEqual([]);
});

test("a receipt that cannot be stored does not stop the work, and the first reason is kept", async () => {
  const world = workingWorld();
  const files = { ...world.files, writeAtomic: () => Promise.reject(new Error("no room")) };
  const book = openBook({ ...world, files }, { signal, progress: () => {} });
  const { value, receipt } = await book.record(FACTS, async () => ({ value: "done" }));
  expect(value).toBe("done");
  expect(book.receipts).toEqual([receipt]);
  expect(book.unstored?.code).toBe("file-unwritable");
});

test("a live source is asked once for all phases of an hour, also when it has no figure or fails", async () => {
  for (const answers of [{ "carbon-intensity/history": { body: { zone: "DE", history: [] } } }, {}]) {
    const fake = fakeFetch(answers);
    const plain = workingWorld();
    const world = { ...plain, fetch: fake.fetch, env: { ...plain.env, ELECTRICITYMAPS_API_TOKEN: "t" } };
    const book = openBook(world, { signal, progress: () => {}, carbon: { zone: "DE" } });
    for (let phase = 0; phase < 5; phase++) {
      await book.record(FACTS, async () => {
        plain.work(10);
        return { value: phase };
      });
    }
    expect(fake.calls).toHaveLength(1);
    expect(book.receipts.every(({ carbon }) => carbon?.notes.join().includes("no live intensity"))).toBe(
      true,
    );
  }
});

test("settings that cannot be read are said once, not for every phase", async () => {
  const world = workingWorld();
  const files = { ...world.files, readText: () => Promise.reject(new SystemError("EACCES", "config.json")) };
  const said: string[] = [];
  const book = openBook(
    { ...world, files },
    { signal, progress: () => {}, warn: (what) => void said.push(what) },
  );
  for (let phase = 0; phase < 3; phase++) await book.record(FACTS, async () => ({ value: phase }));
  expect(said).toHaveLength(1);
  expect(said[0]).toContain("EACCES");
});
