import { expect, test } from "vitest";
import { fakeFetch } from "../../test/support/fake-fetch.ts";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { EM_HISTORY } from "../../test/support/live-answers.ts";
import { aborted, FrugalError } from "../core/error.ts";
import type { Receipt } from "../receipt/receipt.ts";
import { isSealed } from "../receipt/seal.ts";
import { recorded } from "./recorded.ts";

const FACTS = { kind: "run", subject: { type: "model", id: "m" } } as const;

const stored = (world: ReturnType<typeof fakeWorld>): Receipt[] =>
  [...world.stored]
    .filter(([path]) => path.includes("/pending/"))
    .map(([, bytes]) => JSON.parse(new TextDecoder().decode(bytes)));

test("work leaves a sealed receipt with what it told", async () => {
  const world = fakeWorld();
  const { value, receipt } = await recorded(world, FACTS, async () => ({
    value: 42,
    facts: { work: { unit: "item", count: 3 }, seeds: { split: 1 } },
  }));
  expect(value).toBe(42);
  expect(stored(world)).toEqual([JSON.parse(JSON.stringify(receipt))]);
  expect(isSealed(receipt)).toBe(true);
  expect(receipt).toMatchObject({ work: { count: 3 }, seeds: { split: 1 }, outcome: { status: "ok" } });
});

test.each([
  [aborted("run"), { status: "interrupted", error_code: "aborted" }],
  [new TypeError("oops"), { status: "failed" }],
])("work that throws leaves a receipt too, and its own error", async (thrown, outcome) => {
  const world = fakeWorld();
  await expect(recorded(world, FACTS, () => Promise.reject(thrown))).rejects.toBe(thrown);
  expect(stored(world)).toMatchObject([{ outcome }]);
});

test("settings that cannot be read cost the place, not the work: a warning and the world mean", async () => {
  const world = fakeWorld({ failAt: { call: 1, code: "EACCES" } });
  const warnings: string[][] = [];
  const warn = (...words: string[]): void => void warnings.push(words);
  const { value, receipt } = await recorded(world, { ...FACTS, warn }, async () => ({ value: 42 }));
  expect(value).toBe(42);
  expect(receipt.carbon).toMatchObject({ zone: "WORLD", zone_from: "default" });
  expect(receipt.carbon?.notes).toContain("the settings could not be read (EACCES)");
  expect(warnings).toEqual([
    [expect.stringContaining("config.json"), expect.stringContaining("FRUGAL_ZONE")],
  ]);
});

test("a live source is asked about the run when it has ended, and not by one that was interrupted", async () => {
  const fake = fakeFetch({ "carbon-intensity/history": { body: EM_HISTORY } });
  const world = { ...fakeWorld({ env: { ELECTRICITYMAPS_API_TOKEN: "t" } }), fetch: fake.fetch };
  const { receipt } = await recorded(world, { ...FACTS, zone: "DE" }, async () => ({ value: 1 }));
  expect(receipt.carbon).toMatchObject({
    zone: "DE",
    resolution: "hour",
    intensity_g_per_kwh: { value: 300 },
  });
  expect(fake.calls).toHaveLength(1);
  const stopped = recorded(world, { ...FACTS, zone: "FR" }, () => Promise.reject(aborted("run")));
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  expect(fake.calls).toHaveLength(1);
  expect(stored(world as never).map(({ carbon }) => carbon?.resolution)).toEqual(["hour", "year"]);
});

test("whichever file call fails, the work's value or a clean error comes out, and no half receipt", async () => {
  let call = 0;
  for (;;) {
    call++;
    const world = fakeWorld({ failAt: { call, code: "ENOSPC" } });
    let result: unknown;
    try {
      result = await recorded(world, FACTS, async () => ({ value: "done" }));
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(FrugalError);
    }
    if (result !== undefined) expect(result).toMatchObject({ value: "done" });
    for (const receipt of stored(world)) expect(isSealed(receipt)).toBe(true);
    if (world.fileCalls() < call) break;
  }
  expect(call).toBeGreaterThan(3);
});
