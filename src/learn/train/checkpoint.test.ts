import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { startState, type TrainState } from "./train-state.ts";

const FOLDER = "/run/checkpoint";
const IDENTITY = {
  model: "tiny",
  data: { file: "mails.csv", sha256: "ab" },
  plan: { rate: 1e-3, epochs: 2 },
};

/** All bits of the vectors matter, those of NaN and −0 too. */
const stateOf = (step: number): TrainState => ({
  ...startState(Float32Array.of(step, -0, 1 / 3)),
  mean: Float32Array.of(Number.NaN, 1e-42, 3e38),
  square: Float32Array.of(step / 7, 0, 2),
  step,
  cursor: { epoch: 1, batch: step },
  losses: [0.1 + 0.2, 1 / 3],
  evaluations: [{ step: 1, loss: 0.5, score: 0.25, metrics: { accuracy: 0.25 } }],
  best: { step: 1, score: 0.25, parameters: Float32Array.of(1, 2, 3) },
  rollbacks: 1,
});

test("what was saved is loaded, bit for bit, and only the last state is kept", async () => {
  const { files, stored } = fakeWorld();
  expect(await loadCheckpoint(files, FOLDER, IDENTITY)).toBeUndefined();
  await saveCheckpoint(files, FOLDER, stateOf(3), IDENTITY);
  await saveCheckpoint(files, FOLDER, stateOf(9), IDENTITY);
  expect(await loadCheckpoint(files, FOLDER, IDENTITY)).toEqual(stateOf(9));
  expect([...stored.keys()].sort()).toEqual([`${FOLDER}/checkpoint.json`, `${FOLDER}/state-9.safetensors`]);
});

test("whichever call fails while saving, the state before or the new one is loaded, never a mixture", async () => {
  let outcomes = "";
  for (let call = 1; ; call++) {
    const before = fakeWorld();
    await saveCheckpoint(before.files, FOLDER, stateOf(3), IDENTITY);
    const world = fakeWorld({
      files: Object.fromEntries(before.stored),
      failAt: { call, code: "ENOSPC" },
    });
    const failed = await saveCheckpoint(world.files, FOLDER, stateOf(9), IDENTITY).then(
      () => undefined,
      (thrown) => thrown,
    );
    const after = fakeWorld({ files: Object.fromEntries(world.stored) });
    const state = await loadCheckpoint(after.files, FOLDER, IDENTITY);
    expect([3, 9]).toContain(state!.step);
    expect(state).toEqual(stateOf(state!.step));
    outcomes += state!.step;
    if (failed === undefined) break;
    expect(failed).toMatchObject({
      code: "disk-full",
      remedy: expect.stringContaining("the checkpoint before is whole"),
    });
  }
  expect(outcomes).toMatch(/^3+9+$/);
});

test("a run with other options or data is told what differs", async () => {
  const { files } = fakeWorld();
  await saveCheckpoint(files, FOLDER, stateOf(3), IDENTITY);
  const other = {
    ...IDENTITY,
    data: { ...IDENTITY.data, sha256: "cd" },
    plan: { rate: 1e-4, epochs: 2, seed: 1 },
  };
  await expect(loadCheckpoint(files, FOLDER, other)).rejects.toMatchObject({
    code: "checkpoint-mismatch",
    why: 'data.sha256: "ab" then, "cd" now; plan.rate: 0.001 then, 0.0001 now; plan.seed: not given then, 1 now',
  });
});

test.each([
  [
    "a flipped byte",
    (content: Uint8Array) => content.map((byte, at) => (at === content.length - 2 ? byte ^ 1 : byte)),
    "state-3.safetensors",
    "is not what was saved",
  ],
  ["a missing state", undefined, "state-3.safetensors", "cannot be read"],
  ["half a JSON", (content: Uint8Array) => content.subarray(0, 40), "checkpoint.json", "it is no JSON"],
  ["another format", () => new TextEncoder().encode('{"format":"x"}'), "checkpoint.json", "its format is x"],
  [
    "a JSON without a state",
    () => new TextEncoder().encode('{"format":"frugal.checkpoint/1"}'),
    "checkpoint.json",
    "parts of it are missing",
  ],
] as const)("%s is damage, and is said to be", async (_, change, name, why) => {
  const { files, stored } = fakeWorld();
  await saveCheckpoint(files, FOLDER, stateOf(3), IDENTITY);
  const path = `${FOLDER}/${name}`;
  if (change === undefined) stored.delete(path);
  else stored.set(path, change(stored.get(path)!));
  await expect(loadCheckpoint(files, FOLDER, IDENTITY)).rejects.toMatchObject({
    code: "checkpoint-damaged",
    why: expect.stringContaining(why),
  });
});
