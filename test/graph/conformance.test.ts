/**
 * The op table against ONNX's own node tests (onnx/onnx, Apache-2.0): inferred types are the declared ones, values that are known before
 * the run are the expected ones, and the graph that we write again, in its own opset and in ours, gives them on ONNX Runtime.
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
import { upgrade } from "../../src/graph/passes/upgrade.ts";
import { caseNames, casesInFolder, packedCases, readCase } from "../support/onnx-cases.ts";
import { tensorElements } from "../support/tensor-numbers.ts";

const QUIET = { intraOpNumThreads: 1, logSeverityLevel: 4 } as const;

const folder = process.env["FRUGAL_ONNX_TESTDATA"];
const files =
  folder === undefined
    ? packedCases(join(import.meta.dirname, "../fixtures/onnx-node-tests/cases.tar.gz"))
    : casesInFolder(folder);

const all = await Promise.all(
  caseNames(files).map(async (name) => [name, await readCase(files, name)] as const),
);

/** Cases that ONNX Runtime has no kernel for, as it says of the untouched file too. */
const WITHOUT_KERNEL = new Set([
  "test_max_int16",
  "test_max_uint16",
  "test_min_int16",
  "test_min_uint16",
  "test_pow_types_float32_uint32",
  "test_pow_types_float32_uint64",
  "test_gru_batchwise",
  "test_lstm_batchwise",
  "test_simple_rnn_batchwise",
]);

/** Why a case says nothing about us. */
const APART: readonly (readonly [cases: RegExp, why: string])[] = [
  [/BFLOAT16/, "its files hold the bits of bfloat16 as numbers of uint16"],
  [/FLOAT_to_STRING/, "how many digits a number has as text is left open"],
  [/^test_identity_(opt|sequence)$/, "graphs here hold tensors only"],
  [/^test_training_dropout/, "the runtime draws other random numbers than NumPy"],
  [/^test_batchnorm_.*_training_mode$/, "the table refuses batch statistics: graphs here are for inference"],
  [
    /^test_resize_downsample_scales_(cubic|linear)_align_corners$/,
    "it counts with a fraction of a size, which ONNX 1.13 corrected; ONNX Runtime has whole sizes",
  ],
  [/^test_scan_sum$/, "Scan of opset 8, which has batches, is refused: see the next test"],
];

const whyApart = (name: string): string | undefined => APART.find(([cases]) => cases.test(name))?.[1];

const ours = all.filter(([, { model }]) => model.graph.nodes.every(({ domain, op }) => rowOf(domain, op)));

test("most of the cases are for operators of the table", () => {
  expect(ours.length).toBeGreaterThan(500);
});

test.skip.each(ours.flatMap(([name]) => (whyApart(name) ? [[name, whyApart(name)!] as const] : [])))(
  "%s: %s",
  () => undefined,
);

test("Scan of opset 8, which has batches, is refused as what we cannot do", () => {
  const [, { model }] = all.find(([name]) => name === "test_scan_sum")!;
  const { problems } = importModel(model);
  expect(problems.map(({ node, error }) => [node.op, error.code])).toEqual([["Scan", "graph-unsupported"]]);
  expect(problems[0]!.error.why).toContain("of opset 8");
});

test.each(ours.filter(([name]) => WITHOUT_KERNEL.has(name)))(
  "%s is beyond ONNX Runtime itself",
  async (_, { bytes }) => {
    await expect(InferenceSession.create(bytes, QUIET)).rejects.toThrow(
      /Could not find an implementation|Batchwise recurrent operations/,
    );
  },
);

test.each(ours.filter(([name]) => !WITHOUT_KERNEL.has(name) && whyApart(name) === undefined))(
  "%s",
  async (_, { model, inputs, outputs }) => {
    const { graph, values } = known(model, inputs);
    const results = await ran(graph);
    const isOld = model.opsets.get("")! < 7 || graph.nodes.some(({ op }) => op === "Scan");
    if (isOld) expect(() => upgrade(graph)).toThrow(/of opset|stays in opset/);
    const raised = isOld ? results : await ran(upgrade(graph));
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
      expect(raised[name]!.dims).toEqual(shape);
      expectNear(ortElements(raised[name]!), expected);
      const before = values.valuesOf(name);
      if (before !== undefined) {
        expect(before.shape).toEqual(shape);
        expectNear(before.values, expected);
      }
    }
  },
);

async function ran(graph: Graph): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(encodeOnnxModel(emit(graph), { inlineAll: true }), QUIET);
  return await session.run({});
}

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
