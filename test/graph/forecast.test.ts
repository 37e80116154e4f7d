/** What a run will take, told before it, beside the runtime's own order and what a process then takes. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { InferenceSession } from "onnxruntime-node";
import { expect, test } from "vitest";
import { readOnnxModel } from "../../src/formats/onnx/read-model.ts";
import { encodeOnnxModel } from "../../src/formats/onnx/write-model.ts";
import { Builder } from "../../src/graph/builder.ts";
import { emit } from "../../src/graph/emit.ts";
import { linearLayers } from "../../src/graph/passes/add-lora.ts";
import { CHUNK } from "../../src/graph/passes/attach-causal-loss.ts";
import { forecastMemory, forecastSeconds } from "../../src/graph/summary/forecast.ts";
import { liveMemory } from "../../src/graph/summary/live-memory.ts";
import { runtimeOrder } from "../../src/graph/summary/runtime-order.ts";
import { nodeFiles } from "../../src/host/node-files.ts";
import type { MemoryMode } from "../../src/learn/lora/assemble-step.ts";
import { buildLoraStep } from "../../src/learn/lora/build-step.ts";
import { readLlamaConfig } from "../../src/models/llama/config.ts";
import { openGolden } from "../support/golden-model.ts";

const MODES = ["keep", "light", "recompute"] as const;
/** float32 of so many numbers, in the arena's units. */
const KB = 1_024;

function stepOf(memory: MemoryMode, batch = { rows: 2, length: 32 }) {
  const golden = openGolden("llama");
  return buildLoraStep(
    readLlamaConfig("config.json", golden.config),
    (name) => golden.lookup(name)!,
    batch,
    (graph) => [...linearLayers(graph).keys()].map((weight) => ({ weight, rank: 3, scale: 1 })),
    memory,
  );
}
const ONE_CHUNK = new Map([["chunks", 1]]);

test.each(MODES)("nodes are put in the order in which the runtime runs them: %s", async (memory) => {
  const { graph } = stepOf(memory);
  const folder = mkdtempSync(join(tmpdir(), "order-"));
  try {
    const optimizedModelFilePath = join(folder, "model.onnx");
    const session = await InferenceSession.create(encodeOnnxModel(emit(graph), { inlineAll: true }), {
      // Nodes are left out, but hardly any is replaced by one of another name.
      graphOptimizationLevel: "basic",
      optimizedModelFilePath,
      logSeverityLevel: 3,
    });
    await session.release();
    const theirs = (await readOnnxModel(nodeFiles, optimizedModelFilePath)).graph.nodes.map(
      ({ name }) => name,
    );
    const left = new Set(theirs);
    const ours = runtimeOrder(graph).flatMap(({ name }) => (left.has(name) ? [name] : []));
    const known = new Set(ours);
    expect(ours).toEqual(theirs.filter((name) => known.has(name)));
    expect(ours.length).toBeGreaterThan(0.9 * graph.nodes.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a chain that may be computed in place needs one buffer, and one that may not needs two", () => {
  const chain = (op: string, length: number): number => {
    const build = new Builder("chain");
    const x = build.input("x", "float32", [16, 16]);
    let last = build.op("Transpose", [x], { perm: [1, 0] });
    for (let at = 1; at < length; at++)
      last = op === "Relu" ? build.op("Relu", [last]) : build.op("Transpose", [last], { perm: [1, 0] });
    return liveMemory(build.build([build.op("ReduceSum", [last, build.ints([0, 1])])])).bytes;
  };
  // Input and buffers of 1 KB each; the sum takes a unit of 256 bytes.
  expect(chain("Relu", 9)).toBe(2 * KB + 256);
  expect(chain("Transpose", 9)).toBe(3 * KB);
});

test("what is viewed in another shape takes no memory, and what is used later stays", () => {
  const build = new Builder("views");
  const x = build.input("x", "float32", [16, 16]);
  const kept = build.op("Transpose", [x], { perm: [1, 0] });
  const flat = build.op("Reshape", [kept, build.ints([256])]);
  const other = build.op("Transpose", [build.op("Reshape", [flat, build.ints([4, 64])])], { perm: [1, 0] });
  const sum = build.op("MatMul", [other, build.op("Reshape", [kept, build.ints([4, 64])])]);
  expect(liveMemory(build.build([sum])).bytes).toBe(3 * KB + 4 * 64 * 64);
});

test("recomputing needs less memory and more time than keeping, and longer batches more of both", () => {
  const rates = { flopsPerSecond: 1e11, bytesPerSecond: 1e10 };
  const told = (memory: MemoryMode, length = 32) => {
    const { graph } = stepOf(memory, { rows: 2, length });
    return [
      forecastMemory([graph], { sizes: ONE_CHUNK }).activations,
      forecastSeconds(graph, rates, ONE_CHUNK),
    ] as const;
  };
  const [keep, light, again] = MODES.map((memory) => told(memory, 64)) as [
    ReturnType<typeof told>,
    ReturnType<typeof told>,
    ReturnType<typeof told>,
  ];
  expect(keep[0]).toBeGreaterThan(light[0]);
  expect(light[0]).toBeGreaterThan(again[0]);
  expect(again[1]).toBeGreaterThan(keep[1]);
  expect(told("keep", 32)[0]).toBeLessThan(keep[0]);
  expect(told("keep", 32)[1]).toBeLessThan(keep[1]);
});

test("the body of a Scan counts for each of its slices", () => {
  const { graph } = stepOf("keep");
  const rates = { flopsPerSecond: 1, bytesPerSecond: Number.POSITIVE_INFINITY };
  const flops = (chunks: number): number => forecastSeconds(graph, rates, new Map([["chunks", chunks]]));
  const { hidden, vocabulary } = readLlamaConfig("config.json", openGolden("llama").config);
  // Two products with the table of words are the most of a chunk.
  expect((flops(5) - flops(4)) / (4 * CHUNK * hidden * vocabulary)).toBeGreaterThan(1);
  expect(flops(5) - flops(4)).toBeCloseTo(flops(4) - flops(3), 3);
});

test("a size that nobody gave is asked for by its name", () => {
  const { graph } = stepOf("keep");
  expect(() => forecastMemory([graph])).toThrow(
    expect.objectContaining({ code: "graph-unsupported", remedy: "give chunks a number" }),
  );
});

test("weights of one name are there once for all graphs, and each graph has its own activations", () => {
  const { graph } = stepOf("keep");
  const one = forecastMemory([graph], { sizes: ONE_CHUNK });
  const two = forecastMemory([graph, { ...graph, name: "other" }], { sizes: ONE_CHUNK });
  expect(two.weights).toBe(one.weights);
  expect(two.activations).toBe(2 * one.activations);
  const shared = forecastMemory([graph, graph], { sizes: ONE_CHUNK, oneHeap: true });
  expect(shared.activations).toBe(one.activations);
});

test("no order of any graph needs less than its largest node or more than everything at once", () => {
  const edges = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(edges, (pairs) => {
      const build = new Builder("any");
      const values = [build.input("x", "float32", [8, 8])];
      for (const [a, b] of pairs)
        values.push(build.op("Add", [values[a % values.length]!, values[b % values.length]!]));
      const graph = build.build([values.at(-1)!]);
      expect(new Set(runtimeOrder(graph)).size).toBe(graph.nodes.length);
      const { bytes, unknown } = liveMemory(graph);
      expect(unknown).toBe(0);
      expect(bytes).toBeGreaterThanOrEqual(2 * 256);
      expect(bytes).toBeLessThanOrEqual(values.length * 256);
    }),
  );
});

test("a process grows by what is told, within a fifth", () => {
  const told = JSON.parse(
    execFileSync(
      process.execPath,
      [join(import.meta.dirname, "../../bench/lora/forecast.mjs"), "llama-small", "4", "128", "recompute"],
      { encoding: "utf8", env: { ...process.env, LORA_STEPS: "1", LORA_THREADS: "1" } },
    ),
  );
  expect(told.forecast_mb / told.measured_mb).toBeGreaterThan(0.8);
  expect(told.forecast_mb / told.measured_mb).toBeLessThan(1.2);
});
