import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeFiles } from "../host/node-files.ts";
import { checkIntegerKernels, requireExact } from "./check-integer-kernels.ts";

test("a machine is asked for its largest sum, and answers exactly or says that it cannot", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kernels-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const answer = await checkIntegerKernels(nodeFiles, folder).catch((thrown: unknown) => thrown);
  // Which one depends on the processor.
  if (answer !== undefined) expect(answer).toMatchObject({ code: "machine-unsuitable" });
});

test("sums that were cut off at 16 bits are refused", () => {
  expect(() => requireExact(Int32Array.of(131 * 255 * 127))).not.toThrow();
  expect(() => requireExact(Int32Array.of(65 * 32_767 + 255 * 127))).toThrow(/not exact/);
});
