import { basename } from "node:path";
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { makeScratch } from "./scratch.ts";

const ALL = "/home/frugal/scratch";

test("each run has a folder of its own, and what killed processes left is cleared away", async () => {
  const world = fakeWorld({
    running: [5_002],
    env: { FRUGAL_HOME: "/home/frugal" },
    files: { [`${ALL}/5001-0/weights-0.bin`]: "old", [`${ALL}/5002-0/weights-0.bin`]: "of another run" },
  });
  const [one, two] = [await makeScratch(world), await makeScratch(world)];
  expect(one.folder).not.toBe(two.folder);
  const names = (): Promise<readonly string[]> => world.files.list(ALL);
  expect(await names()).toEqual([basename(one.folder), basename(two.folder), "5002-0"]);
  await one.remove();
  expect(await names()).toEqual([basename(two.folder), "5002-0"]);
});

test("a folder that cannot be made is an error with a way out", async () => {
  const world = fakeWorld({ env: { FRUGAL_HOME: "/home/frugal" }, failAt: { call: 1, code: "ENOSPC" } });
  await expect(makeScratch(world)).rejects.toMatchObject({
    code: "disk-full",
    remedy: expect.stringContaining("FRUGAL_HOME"),
  });
});
