import { expect, test } from "vitest";
import type { Embedder } from "../../engines/embedder.ts";
import { sharingEmbedder } from "./sharing-embedder.ts";

function countingEmbedder(): { readonly embedder: Embedder; readonly embedded: string[] } {
  const embedded: string[] = [];
  const embedder = {
    async embed(texts: readonly string[]) {
      embedded.push(...texts);
      return texts.map((text) => Float32Array.of(text.length));
    },
    close: async () => {},
  } as unknown as Embedder;
  return { embedder, embedded };
}
const lengths = (vectors: readonly Float32Array[]): number[] => vectors.map(([first]) => first!);

test("prepared texts are embedded once, others when they come, in the order asked for", async () => {
  const { embedder, embedded } = countingEmbedder();
  const shared = sharingEmbedder(embedder);
  await shared.prepare(["a", "bb", "a"]);
  expect(lengths(await shared.embedder.embed(["bb", "cccc", "a"]))).toEqual([2, 4, 1]);
  expect(embedded).toEqual(["a", "bb", "cccc"]);
});

test("after forgetting, every text is work again, each time", async () => {
  const { embedder, embedded } = countingEmbedder();
  const shared = sharingEmbedder(embedder);
  await shared.prepare(["a"]);
  shared.forget();
  await shared.embedder.embed(["a"]);
  await shared.embedder.embed(["a"]);
  expect(embedded).toEqual(["a", "a", "a"]);
});
