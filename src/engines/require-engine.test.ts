import { expect, test } from "vitest";
import { requireEngine } from "./require-engine.ts";

const failing = (message: string, code?: string) =>
  requireEngine("@huggingface/transformers", async () => {
    throw Object.assign(new Error(message), code === undefined ? {} : { code });
  });

test("an engine that is not installed is answered with the line that installs it", async () => {
  const run = failing(
    "Cannot find package 'onnxruntime-node' imported from /x/transformers.node.mjs",
    "ERR_MODULE_NOT_FOUND",
  );
  await expect(run).rejects.toMatchObject({
    code: "engine-missing",
    what: "onnxruntime-node is not installed",
    remedy: "run: npm install --ignore-scripts @huggingface/transformers@^4.3.1 onnxruntime-node@^1.30.0",
  });
});

test("an engine that is there and does not start is not called missing", async () => {
  await expect(failing("invalid ELF header")).rejects.toMatchObject({
    code: "engine-crashed",
    why: "invalid ELF header",
  });
});
