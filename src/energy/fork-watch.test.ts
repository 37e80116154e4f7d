import { expect, test } from "vitest";
import { fakeWorld } from "../../test/support/fake-world.ts";
import { forkWatch } from "./fork-watch.ts";

const PATH = "/proc/loadavg";
const text = (pid: number | string): string => `0.52 0.58 0.59 1/467 ${pid}\n`;

function watched(pid: number | string | undefined) {
  const world = fakeWorld(pid === undefined ? {} : { files: { [PATH]: text(pid) } });
  const watch = forkWatch(world.files);
  return {
    look: () => watch.mayHaveForked(),
    fork: (next: number) => void world.stored.set(PATH, new TextEncoder().encode(text(next))),
    remove: () => void world.stored.delete(PATH),
  };
}
const looks = (look: () => boolean, count: number): boolean[] => Array.from({ length: count }, look);

test("while the newest process stays the same there was no fork, and each new one is told once", () => {
  const { look, fork } = watched(17);
  expect(looks(look, 4)).toEqual([true, true, false, false]);
  fork(18);
  expect(looks(look, 2)).toEqual([true, false]);
  fork(3);
  expect(looks(look, 2)).toEqual([true, false]);
});

test("a file that never changes is not believed for ever", () => {
  const { look } = watched(17);
  const said = looks(look, 60);
  expect(said.lastIndexOf(true)).toBeGreaterThan(40);
});

test.each([["absent", undefined] as const, ["without a process", 0] as const, ["cut short", ""] as const])(
  "a file that is %s tells nothing, so a fork is always possible",
  (_how, pid) => {
    expect(looks(watched(pid).look, 5)).not.toContain(false);
  },
);

test("a file that can no longer be read tells nothing from then on", () => {
  const { look, remove } = watched(17);
  looks(look, 3);
  remove();
  expect(looks(look, 3)).not.toContain(false);
});
