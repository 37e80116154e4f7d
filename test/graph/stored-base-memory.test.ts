/** What the runtime holds of a stored base: converted when the model is opened, or kept from forward to backward pass, it would save nothing. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { BaseKind } from "../../src/graph/passes/store-base.ts";

/** The most memory of a process that makes one step, in MB. */
const peak = (kind: BaseKind): number =>
  Number(
    execFileSync(process.execPath, [join(import.meta.dirname, "../support/step-memory.mjs"), kind], {
      encoding: "utf8",
    }),
  );

test("a stored base takes less memory than 105 MB of float32 weights", () => {
  const f32 = peak("f32");
  // The weights take 30 MB, 17 MB and 52 MB. Each would take more than in float32 if it were held in both.
  expect(f32 - peak("int8")).toBeGreaterThan(38);
  expect(f32 - peak("int4")).toBeGreaterThan(45);
  expect(f32 - peak("bf16")).toBeGreaterThan(12);
});
