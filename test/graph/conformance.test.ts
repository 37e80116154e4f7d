/**
 * The op table against ONNX's own node tests (onnx/onnx, Apache-2.0): inferred types are the declared ones, values that are known before
 * the run are the expected ones, and the graph that we write again gives them on ONNX Runtime.
 * FRUGAL_ONNX_TESTDATA names a folder of cases (data/node of Debian's libonnx-testdata) to take instead of the packed ones.
 */
import { join } from "node:path";
import { InferenceSession, type Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import type { OnnxModel } from "../../src/formats/onnx/model.ts";
import { encodeOnnxModel } from "../../src/formats/onnx/write-model.ts";
import type { Dtype, TensorRef } from "../../src/formats/tensor-ref.ts";
import { emit } from "../../src/graph/emit.ts";
import { Facts } from "../../src/graph/facts.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { importModel } from "../../src/graph/import.ts";
import { rowOf } from "../../src/graph/op-table.ts";
import { caseNames, casesInFolder, packedCases, readCase } from "../support/onnx-cases.ts";
import { tensorElements } from "../support/tensor-numbers.ts";

const folder = process.env["FRUGAL_ONNX_TESTDATA"];
const files =
  folder === undefined
    ? packedCases(join(import.meta.dirname, "../fixtures/onnx-node-tests.tar.gz"))
    : casesInFolder(folder);

const all = await Promise.all(
  caseNames(files).map(async (name) => [name, await readCase(files, name)] as const),
);
const ours = all.filter(([, { model }]) => model.graph.nodes.every(({ domain, op }) => rowOf(domain, op)));

test("most of the cases are for operators of the table", () => {
  expect(ours.length).toBeGreaterThan(500);
});

test.each(ours)("%s", async (_, { model, inputs, outputs }) => {
  const { graph, values } = known(model, inputs);
  const session = await InferenceSession.create(encodeOnnxModel(emit(graph), { inlineAll: true }), QUIET);
  const results = await session.run({});
  for (const [at, { name }] of model.graph.outputs.entries()) {
    const { dtype, shape } = outputs[at]!;
    const expected = tensorElements(outputs[at]!);
    const inferred = graph.types.get(name)!;
    // A size that shows only in the run stands as a symbol.
    expect(inferred).toEqual({
      dtype,
      shape: inferred.shape.map((side, axis) => (typeof side === "string" ? side : shape[axis])),
    });
    expect(inferred.shape.length).toBe(shape.length);
    expect(results[name]!.type).toBe(dtype);
    expect(results[name]!.dims).toEqual(shape);
    expectNear(ortElements(results[name]!), expected);
    const before = values.valuesOf(name);
    if (before !== undefined) {
      expect(before.shape).toEqual(shape);
      expectNear(before.values, expected);
    }
  }
});

const QUIET = { intraOpNumThreads: 1, logSeverityLevel: 4 } as const;

/** The model with the inputs of the case as constants, since some of them decide shapes. */
function known(
  model: OnnxModel,
  inputs: readonly (TensorRef | undefined)[],
): { graph: Graph; values: Facts } {
  const given = model.graph.inputs.map(({ name }, at) => [name, inputs[at]!] as const);
  const initializers = new Map([...model.graph.initializers, ...given]);
  const { graph, problems } = importModel({ ...model, graph: { ...model.graph, initializers } });
  expect(problems.map(({ error }) => error.message)).toEqual([]);
  const values = new Facts(graph);
  for (const [name, tensor] of graph.initializers) values.learnWeight(name, tensor);
  for (const node of graph.nodes) values.learnNode(node);
  return { graph, values };
}

function ortElements({ type, dims, data }: Tensor): readonly (number | string)[] | undefined {
  if (type === "string") return data as string[];
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  return tensorElements({
    dtype: type as Dtype,
    shape: dims,
    data: new Uint8Array(buffer, byteOffset, byteLength),
  });
}

/** As near as ONNX's own runner asks (onnx/backend/test/runner: rtol 1e-3, atol 1e-7). */
function expectNear(
  found: readonly (number | string)[] | undefined,
  expected: readonly (number | string)[] | undefined,
): void {
  expect(found?.length).toBe(expected?.length);
  for (const [at, value] of (expected ?? []).entries()) {
    const other = found![at]!;
    if (typeof value === "string" || typeof other === "string" || !Number.isFinite(value))
      expect(other).toBe(value);
    else expect(Math.abs(other - value)).toBeLessThanOrEqual(1e-7 + 1e-3 * Math.abs(value));
  }
}
