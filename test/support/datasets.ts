/** Datasets for tests, without a file behind them. */
import type { Examples } from "../../src/learn/data/example.ts";
import type { Dataset } from "../../src/learn/data/open-dataset.ts";

export const dataset = (of: Examples): Dataset => ({
  ...of,
  name: "test.jsonl",
  mapping: { shape: "text", kind: of.kind, columns: {}, unused: [] },
  places: of.examples.map((_, at) => at + 1),
  unit: "line",
  sha256: "0".repeat(64),
});
