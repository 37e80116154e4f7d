/** The values of model.ts as messages of the schema table. */
import { invariant } from "../../core/error.ts";
import { byteSize, type TensorRef } from "../tensor-ref.ts";
import { ATTRIBUTE_TYPES } from "./attribute-kinds.ts";
import { EXTERNAL, type ExternalPlace, externalEntries } from "./external-data.ts";
import type {
  OnnxAttribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxType, OnnxValueInfo,
} from "./model.ts"; // biome-ignore format: one import
import type { Message } from "./schema.ts";
import { stringElements } from "./string-tensor.ts";
import { dataTypeNumber } from "./tensor-types.ts";

/** Where a tensor's data shall lie outside of the model file; undefined: inside. */
export type Placement = (tensor: TensorRef) => Required<ExternalPlace> | undefined;

export const modelMessage = (model: OnnxModel, place: Placement): Message<"model"> => ({
  irVersion: model.irVersion,
  producerName: optional(model.producerName),
  producerVersion: optional(model.producerVersion),
  graph: graphMessage(model.graph, place),
  opsets: opsetMessages(model.opsets),
  metadata: [...model.metadata].map(([key, value]) => ({ key, value })),
  functions: model.functions.map((one) => functionMessage(one, place)),
  kept: model.kept,
});

const graphMessage = (graph: OnnxGraph, place: Placement): Message<"graph"> => ({
  nodes: graph.nodes.map((node) => nodeMessage(node, place)),
  name: graph.name,
  initializers: [...graph.initializers].map(([name, tensor]) => ({ ...tensorMessage(tensor, place), name })),
  inputs: graph.inputs.map(valueInfoMessage),
  outputs: graph.outputs.map(valueInfoMessage),
  valueInfo: graph.valueInfo.map(valueInfoMessage),
  sparseInitializers: graph.sparseInitializers,
  kept: graph.kept,
});

const functionMessage = (one: OnnxFunction, place: Placement): Message<"function"> => ({
  name: one.name,
  domain: one.domain,
  overload: one.overload,
  inputs: one.inputs,
  outputs: one.outputs,
  attributes: one.attributes,
  defaults: attributeMessages(one.defaults, place),
  nodes: one.nodes.map((node) => nodeMessage(node, place)),
  opsets: opsetMessages(one.opsets),
  valueInfo: one.valueInfo.map(valueInfoMessage),
  kept: one.kept,
});

const opsetMessages = (opsets: ReadonlyMap<string, number>): Message<"opset">[] =>
  [...opsets].map(([domain, version]) => ({ domain, version }));

const nodeMessage = (node: OnnxNode, place: Placement): Message<"node"> => ({
  inputs: node.inputs,
  outputs: node.outputs,
  name: optional(node.name),
  op: node.op,
  attributes: attributeMessages(node.attributes, place),
  domain: optional(node.domain),
  overload: node.overload,
  kept: node.kept,
});

/** Empty is protobuf's default, which writers leave out. */
const optional = (text: string): string | undefined => text || undefined;

const attributeMessages = (
  attributes: Readonly<Record<string, OnnxAttribute>>,
  place: Placement,
): Message<"attribute">[] =>
  Object.entries(attributes).map(([name, one]) => ({ name, ...attributeContent(one, place) }));

function attributeContent(one: OnnxAttribute, place: Placement): Message<"attribute"> {
  if (one.type === "opaque") return { kept: one.value };
  if (one.type === "reference") return { reference: one.value, type: one.of };
  const type = ATTRIBUTE_TYPES[one.type];
  switch (one.type) {
    case "string":
      return { type, string: encodeText(one.value) };
    case "strings":
      return { type, strings: one.value.map(encodeText) };
    case "tensor":
      return { type, tensor: tensorMessage(one.value, place) };
    case "tensors":
      return { type, tensors: one.value.map((tensor) => tensorMessage(tensor, place)) };
    case "graph":
      return { type, graph: graphMessage(one.value, place) };
    case "graphs":
      return { type, graphs: one.value.map((graph) => graphMessage(graph, place)) };
    default:
      return { type, [one.type]: one.value };
  }
}

const encodeText = (text: string): Uint8Array => new TextEncoder().encode(text);

function tensorMessage(tensor: TensorRef, place: Placement): Message<"tensor"> {
  const { dtype, shape, data } = tensor;
  invariant(
    dtype === "string" || data.length === byteSize(dtype, shape),
    `a ${dtype} tensor of [${shape.join(", ")}] has ${data.length} bytes`,
  );
  const described = { dims: shape, dataType: dataTypeNumber(dtype) };
  const outside = place(tensor);
  if (outside !== undefined) return { ...described, external: externalEntries(outside), location: EXTERNAL };
  if (dtype === "string" && data instanceof Uint8Array)
    return { ...described, stringData: stringElements(data) };
  return { ...described, raw: data };
}

const valueInfoMessage = ({ name, type, kept }: OnnxValueInfo): Message<"valueInfo"> => ({
  name,
  type: typeMessage(type),
  kept,
});

function typeMessage(type: OnnxType): Message<"type"> | undefined {
  switch (type.kind) {
    case "unknown":
      return undefined;
    case "opaque":
      return { kept: type.encoded };
    case "tensor": {
      const dims = type.shape?.map((side) => (typeof side === "number" ? { value: side } : { symbol: side }));
      return { tensor: { elementType: dataTypeNumber(type.dtype), shape: dims && { dims } } };
    }
    default:
      return type satisfies never;
  }
}
