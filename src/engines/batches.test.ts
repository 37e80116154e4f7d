import fc from "fast-check";
import { expect, test } from "vitest";
import { runInBatches } from "./batches.ts";
import type { Engine, EngineFacts, EngineItem } from "./engine.ts";

/** Answers each text with itself and remembers its batches. */
function echo(batchSize: number): { engine: Pick<Engine, "facts" | "run">; batches: string[][] } {
  const batches: string[][] = [];
  return {
    batches,
    engine: {
      facts: { batchSize } as EngineFacts,
      run: async (items) => {
        const texts = items.map((item) => (item.kind === "text" ? item.text : ""));
        batches.push(texts);
        return texts.map((text) => ({ kind: "text", text }));
      },
    },
  };
}
const items = (texts: readonly string[]): EngineItem[] => texts.map((text) => ({ kind: "text", text }));

test("outputs come back in the order of the items, whatever their lengths", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string()), fc.integer({ min: 1, max: 7 }), async (texts, size) => {
      const { engine, batches } = echo(size);
      const outputs = await runInBatches(engine, items(texts), {});
      expect(outputs).toEqual(texts.map((text) => ({ kind: "text", text })));
      expect(batches.every((batch) => batch.length <= size)).toBe(true);
    }),
  );
});

test("texts of like length share a batch, so that little is padded", async () => {
  const { engine, batches } = echo(2);
  await runInBatches(engine, items(["aaaa", "b", "cccc", "d"]), {});
  expect(batches).toEqual([
    ["aaaa", "cccc"],
    ["b", "d"],
  ]);
});

test("a failure of one batch is the failure of the run", async () => {
  const { engine } = echo(1);
  const failing = { ...engine, run: () => Promise.reject(new Error("no")) };
  await expect(runInBatches(failing, items(["a", "b"]), {})).rejects.toThrow("no");
});
