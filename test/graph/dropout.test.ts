import { expect, test } from "vitest";
import { Builder } from "../../src/graph/builder.ts";
import { differentiate } from "../../src/graph/passes/differentiate.ts";
import { floats, startGraph } from "../support/run-graph.ts";

test("the gradient of a dropout that trains flows through what was kept, grown as it was", async () => {
  const build = new Builder("dropout");
  const ratio = 0.25;
  const x = build.input("x", "float32", [64]);
  const training = build.constant({ dtype: "bool", shape: [], values: [1] });
  const [y, mask] = build.ops("Dropout", [x, build.scalar(ratio), training], { seed: 5 }, 2);
  const { graph, gradients } = differentiate(build.build([y!, mask!]), {
    seeds: new Map([[y!, undefined]]),
    wrt: [x],
  });
  const results = await (await startGraph(graph)).run({
    x: floats(
      [64],
      Array.from({ length: 64 }, () => 1),
    ),
  });
  const kept = results[mask!]!.values;
  expect(new Set(kept)).toEqual(new Set([0, 1]));
  for (const [at, gradient] of results[gradients.get(x)!]!.values.entries()) {
    expect(gradient).toBeCloseTo(kept[at]! / (1 - ratio), 6);
    // Of ones the result is its own slope.
    expect(gradient).toBeCloseTo(results[y!]!.values[at]!, 6);
  }
});

test("a dropout that trains without an output for its mask is refused by name", () => {
  const build = new Builder("dropout");
  const x = build.input("x", "float32", [4]);
  const training = build.constant({ dtype: "bool", shape: [], values: [1] });
  const y = build.op("Dropout", [x, build.scalar(0.25), training]);
  const graph = build.build([y]);
  expect(() => differentiate(graph, { seeds: new Map([[y, undefined]]), wrt: [x] })).toThrow(
    expect.objectContaining({ code: "graph-unsupported", why: expect.stringContaining("mask") }),
  );
});
