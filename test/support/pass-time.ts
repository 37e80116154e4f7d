import type { FakeWorld } from "./fake-world.ts";
import { settle } from "./settle.ts";

/** Lets time pass in steps until `work` is done, but only while somebody sleeps: loading code takes no time of a world. */
export async function passTime<T>(world: FakeWorld, work: Promise<T>, stepS = 0.1): Promise<T> {
  let isDone = false;
  const end = () => {
    isDone = true;
  };
  work.then(end, end);
  while (!isDone) {
    await settle();
    if (world.clock.hasSleepers()) world.clock.advance(stepS);
  }
  return await work;
}
