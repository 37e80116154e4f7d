/** A model in the form of test/oracles/onnx_files.py: plain JSON with all tensors' bytes. */
import type { Files } from "../../src/core/ports.ts";
import type {
  OnnxAttribute,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxType,
  OnnxValueInfo,
} from "../../src/formats/onnx/model.ts";
import { stringElements } from "../../src/formats/onnx/string-tensor.ts";
import { type TensorRef, tensorBytes } from "../../src/formats/tensor-ref.ts";

type Read = Pick<Files, "readBytes">;

export async function modelFacts(files: Read, model: OnnxModel): Promise<object> {
  const functions = model.functions.map(async (one) => ({
    name: one.name,
    domain: one.domain,
    overload: one.overload ?? "",
    inputs: one.inputs,
    outputs: one.outputs,
    attributes: one.attributes,
    defaults: await attributeFacts(files, one.defaults),
    nodes: await Promise.all(one.nodes.map((node) => nodeFacts(files, node))),
    opsets: Object.fromEntries(one.opsets),
    valueInfo: one.valueInfo.map(infoFacts),
  }));
  return {
    irVersion: model.irVersion,
    producerName: model.producerName,
    producerVersion: model.producerVersion,
    opsets: Object.fromEntries(model.opsets),
    graph: await graphFacts(files, model.graph),
    functions: await Promise.all(functions),
    metadata: Object.fromEntries(model.metadata),
  };
}

async function graphFacts(files: Read, graph: OnnxGraph): Promise<object> {
  const initializers = [...graph.initializers].map(async ([name, one]) => [
    name,
    await tensorFacts(files, one),
  ]);
  return {
    name: graph.name,
    nodes: await Promise.all(graph.nodes.map((node) => nodeFacts(files, node))),
    initializers: Object.fromEntries(await Promise.all(initializers)),
    inputs: graph.inputs.map(infoFacts),
    outputs: graph.outputs.map(infoFacts),
    valueInfo: graph.valueInfo.map(infoFacts),
  };
}

async function nodeFacts(files: Read, node: OnnxNode): Promise<object> {
  const { kept: _, attributes, ...rest } = node;
  return { ...rest, attributes: await attributeFacts(files, attributes) };
}

async function attributeFacts(files: Read, attributes: OnnxNode["attributes"]): Promise<object> {
  const facts = Object.entries(attributes).map(async ([name, one]) => [name, await oneAttribute(files, one)]);
  return Object.fromEntries(await Promise.all(facts));
}

async function oneAttribute(files: Read, one: OnnxAttribute): Promise<object> {
  switch (one.type) {
    case "opaque":
      return { type: one.type };
    case "tensor":
      return { type: one.type, value: await tensorFacts(files, one.value) };
    case "tensors":
      return { type: one.type, value: await Promise.all(one.value.map((each) => tensorFacts(files, each))) };
    case "graph":
      return { type: one.type, value: await graphFacts(files, one.value) };
    case "graphs":
      return { type: one.type, value: await Promise.all(one.value.map((each) => graphFacts(files, each))) };
    case "floats":
      // JSON has no infinity.
      return {
        type: one.type,
        value: one.value.map((each) => (each === Number.POSITIVE_INFINITY ? "inf" : each)),
      };
    default:
      return one;
  }
}

async function tensorFacts(files: Read, tensor: TensorRef): Promise<object> {
  const { dtype, shape } = tensor;
  const bytes = await tensorBytes(files, tensor);
  return dtype === "string"
    ? { dtype, shape, strings: stringElements(bytes).map((one) => new TextDecoder().decode(one)) }
    : { dtype, shape, hex: Buffer.from(bytes).toString("hex") };
}

const infoFacts = ({ name, type }: OnnxValueInfo): object => ({ name, type: typeFacts(type) });

function typeFacts(type: OnnxType): object {
  if (type.kind !== "tensor") return { kind: type.kind };
  const { kind, dtype, shape } = type;
  return { kind, dtype, ...(shape && { shape: shape.map((side) => side ?? null) }) };
}
