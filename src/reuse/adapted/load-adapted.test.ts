import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { FrugalError } from "../../core/error.ts";
import type { AdaptedRequest } from "../../engines/engine-messages.ts";
import { loadAdapted } from "./load-adapted.ts";

const FIXTURES = join(import.meta.dirname, "../../../test/fixtures");
const folder = (from: string, to: string): Record<string, Uint8Array> =>
  Object.fromEntries(
    readdirSync(join(FIXTURES, from)).map((name) => [
      `${to}/${name}`,
      readFileSync(join(FIXTURES, from, name)),
    ]),
  );

const ENCODER = {
  files: {
    ...folder("models/bert", "/base"),
    ...folder("tokenizers/wordpiece", "/base"),
    ...folder("adapters/bert-classifier", "/adapter"),
  },
  task: { task: "text-classification", layout: "class", labels: ["a", "b", "c"], pooling: "own" },
};
const DECODER = {
  files: {
    ...folder("models/llama", "/base"),
    ...folder("tokenizers/letters", "/base"),
    ...folder("adapters/llama-rslora", "/adapter"),
  },
  task: { task: "causal-lm" },
};

test.each([
  ["an encoder", ENCODER],
  ["a decoder", DECODER],
])("%s: whichever read fails, it is said what could not be read", async (_, { files, task }) => {
  const request: AdaptedRequest = {
    engine: "frugal adapter",
    task,
    adapter: "/adapter",
    base: "/base",
    tokenizerFolder: "/base",
    scratch: "/scratch",
    today: "2026-01-01T00:00:00.000Z",
  };
  const whole = fakeWorld({ files });
  expect((await loadAdapted(whole.files, request)).paths).toEqual(["/base/model.safetensors"]);
  const calls = whole.fileCalls();
  expect(calls).toBeGreaterThan(5);
  for (const code of ["EIO", "EACCES"]) {
    for (let call = 1; call <= calls; call++) {
      const world = fakeWorld({ files, failAt: { call, code } });
      const failed = await loadAdapted(world.files, request).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      // A folder that may hold an ONNX file beside its weights is only looked into.
      if (failed === undefined) continue;
      expect(failed, `call ${call}`).toBeInstanceOf(FrugalError);
      expect((failed as FrugalError).remedy).not.toBe("");
    }
  }
});
