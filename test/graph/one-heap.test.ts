/** Sessions that take turns in one heap need the memory of the largest one, where the C library allows it. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ONE_HEAP } from "../../src/host/one-heap.ts";

const SCRIPT = join(import.meta.dirname, "../support/sessions-memory.mjs");
/** Of a process that runs four sessions in turn, in MB, and whether it has one heap. */
function peak(env: Readonly<Record<string, string>>): {
  readonly megabytes: number;
  readonly oneHeap: boolean;
} {
  const text = execFileSync(process.execPath, [SCRIPT], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return JSON.parse(text);
}

test("four sessions in one heap take less than half of what four with memory of their own take", () => {
  const own = peak({});
  const shared = peak(ONE_HEAP);
  expect(own.oneHeap).toBe(false);
  // Elsewhere than with glibc nothing changes.
  if (shared.oneHeap) expect(shared.megabytes).toBeLessThan(own.megabytes / 2);
});
