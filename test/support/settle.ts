/** Lets everything that waits on a promise, not on a clock, run until nothing is left to do. */
export async function settle(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
