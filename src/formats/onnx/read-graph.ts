/** GraphProto, NodeProto, AttributeProto, FunctionProto and types, as read, to the values of model.ts. */
import type { TensorRef } from "../tensor-ref.ts";
import { ATTRIBUTE_KINDS, ATTRIBUTE_TYPES, type AttributeKind } from "./attribute-kinds.ts";
import type {
  OnnxAttribute, OnnxFunction, OnnxGraph, OnnxNode, OnnxType, OnnxValueInfo,
} from "./model.ts"; // biome-ignore format: one import
import { readTensor, type TensorSource } from "./read-tensor.ts";
import type { Message } from "./schema.ts";
import { tensorType } from "./tensor-types.ts";
import { encodeWhole } from "./write-message.ts";

export function graphOf(source: TensorSource, message: Message<"graph">): OnnxGraph {
  const initializers = new Map<string, TensorRef>();
  for (const tensor of message.initializers ?? []) {
    const name = tensor.name ?? "";
    if (initializers.has(name)) throw source.window.damaged(tensor.at ?? 0, `a second initializer '${name}'`);
    initializers.set(name, readTensor(source, tensor));
  }
  return {
    name: message.name ?? "",
    nodes: (message.nodes ?? []).map((node) => nodeOf(source, node)),
    initializers,
    inputs: (message.inputs ?? []).map((info) => valueInfoOf(source, info)),
    outputs: (message.outputs ?? []).map((info) => valueInfoOf(source, info)),
    valueInfo: (message.valueInfo ?? []).map((info) => valueInfoOf(source, info)),
    ...(message.sparseInitializers && { sparseInitializers: message.sparseInitializers }),
    ...keptOf(message),
  };
}

export function functionOf(source: TensorSource, message: Message<"function">): OnnxFunction {
  return {
    name: message.name ?? "",
    domain: message.domain ?? "",
    ...(message.overload && { overload: message.overload }),
    inputs: message.inputs ?? [],
    outputs: message.outputs ?? [],
    attributes: message.attributes ?? [],
    defaults: attributesOf(source, message.defaults ?? []),
    nodes: (message.nodes ?? []).map((node) => nodeOf(source, node)),
    opsets: opsetsOf(source, message.opsets ?? []),
    valueInfo: (message.valueInfo ?? []).map((info) => valueInfoOf(source, info)),
    ...keptOf(message),
  };
}

export function opsetsOf(
  { window }: TensorSource,
  messages: readonly Message<"opset">[],
): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain = "", version = 0, at = 0 } of messages) {
    if (typeof version !== "number")
      throw window.damaged(at, `operator set ${domain} has version ${version}`);
    if ((opsets.get(domain) ?? version) !== version) {
      throw window.damaged(at, `a second version of operator set '${domain}'`);
    }
    opsets.set(domain, version);
  }
  return opsets;
}

export const keptOf = ({
  kept,
}: {
  readonly kept?: Uint8Array | undefined;
}): { readonly kept?: Uint8Array } => (kept === undefined ? {} : { kept });

function nodeOf(source: TensorSource, message: Message<"node">): OnnxNode {
  return {
    op: message.op ?? "",
    domain: message.domain ?? "",
    name: message.name ?? "",
    inputs: message.inputs ?? [],
    outputs: message.outputs ?? [],
    attributes: attributesOf(source, message.attributes ?? []),
    ...(message.overload && { overload: message.overload }),
    ...keptOf(message),
  };
}

function attributesOf(
  source: TensorSource,
  messages: readonly Message<"attribute">[],
): Record<string, OnnxAttribute> {
  const names = new Set<string>();
  // fromEntries, unlike assignment, takes "__proto__" as a name like any other.
  return Object.fromEntries(
    messages.map((message) => {
      const name = message.name ?? "";
      if (names.has(name)) throw source.window.damaged(message.at ?? 0, `a second attribute '${name}'`);
      names.add(name);
      return [name, attributeOf(source, message)];
    }),
  );
}

function attributeOf(source: TensorSource, message: Message<"attribute">): OnnxAttribute {
  if (message.reference)
    return { type: "reference", value: message.reference, of: Number(message.type ?? 0) };
  const kind = kindOf(message);
  const value = kind && exactValue(source, kind, message);
  if (value !== undefined) return value;
  const { type, int, string, ints, strings, kept } = message;
  return { type: "opaque", value: encodeWhole("attribute", { type, int, string, ints, strings, kept }) };
}

/** Files before IR version 2 say no type: it is that of the field which is there. */
const kindOf = (message: Message<"attribute">): AttributeKind | undefined =>
  message.type
    ? ATTRIBUTE_KINDS.find((kind) => ATTRIBUTE_TYPES[kind] === message.type)
    : ATTRIBUTE_KINDS.find((kind) => message[kind] !== undefined);

/** undefined where the attribute's own kind cannot hold it. */
function exactValue(
  source: TensorSource,
  kind: AttributeKind,
  message: Message<"attribute">,
): OnnxAttribute | undefined {
  switch (kind) {
    case "float":
      return { type: kind, value: message.float ?? 0 };
    case "int": {
      const value = message.int ?? 0;
      return typeof value === "number" ? { type: kind, value } : undefined;
    }
    case "string": {
      const value = textOf(message.string ?? new Uint8Array());
      return value === undefined ? undefined : { type: kind, value };
    }
    case "tensor":
      if (message.tensor === undefined) throw source.window.damaged(message.at ?? 0, "a tensor is missing");
      return { type: kind, value: readTensor(source, message.tensor) };
    case "graph":
      if (message.graph === undefined) throw source.window.damaged(message.at ?? 0, "a graph is missing");
      return { type: kind, value: graphOf(source, message.graph) };
    case "floats":
      return { type: kind, value: message.floats ?? [] };
    case "ints": {
      const value = message.ints ?? [];
      return value.every((one) => typeof one === "number") ? { type: kind, value } : undefined;
    }
    case "strings": {
      const value = (message.strings ?? []).map(textOf);
      return value.every((one) => one !== undefined) ? { type: kind, value } : undefined;
    }
    case "tensors":
      return { type: kind, value: (message.tensors ?? []).map((tensor) => readTensor(source, tensor)) };
    case "graphs":
      return { type: kind, value: (message.graphs ?? []).map((graph) => graphOf(source, graph)) };
    default:
      return kind satisfies never;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const valueInfoOf = (source: TensorSource, message: Message<"valueInfo">): OnnxValueInfo => ({
  name: message.name ?? "",
  type: typeOf(source, message.type),
  ...keptOf(message),
});

function typeOf({ window }: TensorSource, message: Message<"type"> | undefined): OnnxType {
  if (message === undefined) return { kind: "unknown" };
  const { tensor, kept } = message;
  const type = tensorType(Number(tensor?.elementType ?? 0));
  if (tensor === undefined || type === undefined || kept !== undefined) {
    return { kind: "opaque", encoded: encodeWhole("type", message) };
  }
  const shape =
    tensor.shape &&
    (tensor.shape.dims ?? []).map(({ value, symbol, at = 0 }) => {
      if (typeof value === "bigint") throw window.damaged(at, `a side of ${value}`);
      // Old exporters wrote -1 for a size that they did not know, and runtimes take it so.
      return value !== undefined && value >= 0 ? value : symbol || undefined;
    });
  return { kind: "tensor", dtype: type.dtype, ...(shape && { shape }) };
}
