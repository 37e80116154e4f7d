/**
 * An ONNX model as plain immutable values (onnx.proto3, IR versions up to 13). Weights are references: see `TensorRef`.
 * `kept` fields hold, as they were encoded, the parts of a message that nothing here computes with (doc strings, metadata of nodes,
 * training information, whatever later versions add), so that writing gives them back.
 */
import type { Dtype, TensorRef } from "../tensor-ref.ts";

/** A size, the name of a symbolic size, or undefined: unknown. */
export type OnnxDimension = number | string | undefined;

export type OnnxType =
  /** Without a shape even the rank is unknown. */
  | { readonly kind: "tensor"; readonly dtype: Dtype; readonly shape?: readonly OnnxDimension[] | undefined }
  /** Sequences, optionals, maps and sparse tensors: an encoded TypeProto. */
  | { readonly kind: "opaque"; readonly encoded: Uint8Array }
  /** The model does not say, as it may for results inside of sub-graphs. */
  | { readonly kind: "unknown" };

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: OnnxType;
  readonly kept?: Uint8Array;
}

export type OnnxAttribute =
  | { readonly type: "float"; readonly value: number }
  /** Always a safe integer; others are opaque. */
  | { readonly type: "int"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "tensor"; readonly value: TensorRef }
  | { readonly type: "graph"; readonly value: OnnxGraph }
  | { readonly type: "floats"; readonly value: readonly number[] }
  | { readonly type: "ints"; readonly value: readonly number[] }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "tensors"; readonly value: readonly TensorRef[] }
  | { readonly type: "graphs"; readonly value: readonly OnnxGraph[] }
  /** In functions: the value of the function's attribute of that name; `of` is its AttributeType. */
  | { readonly type: "reference"; readonly value: string; readonly of: number }
  /**
   * What the other kinds cannot hold exactly: types, sparse tensors, integers beyond 2^53, strings that are not UTF-8. An encoded
   * AttributeProto without its name.
   */
  | { readonly type: "opaque"; readonly value: Uint8Array };

export interface OnnxNode {
  readonly op: string;
  /** "" is the domain of ONNX itself. */
  readonly domain: string;
  readonly name: string;
  /** "" is an input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
  /** Chooses among functions of the same domain and name (IR version 10). */
  readonly overload?: string;
  readonly kept?: Uint8Array;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, TensorRef>;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly valueInfo: readonly OnnxValueInfo[];
  /** Encoded SparseTensorProtos: whoever changes a graph must refuse one that has them, or leave their names alone. */
  readonly sparseInitializers?: readonly Uint8Array[];
  readonly kept?: Uint8Array;
}

/** A local function: nodes with its domain and name stand for its body. */
export interface OnnxFunction {
  readonly name: string;
  readonly domain: string;
  readonly overload?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that a caller must give. */
  readonly attributes: readonly string[];
  /** Attributes that have a default. */
  readonly defaults: Readonly<Record<string, OnnxAttribute>>;
  readonly nodes: readonly OnnxNode[];
  readonly opsets: ReadonlyMap<string, number>;
  readonly valueInfo: readonly OnnxValueInfo[];
  readonly kept?: Uint8Array;
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly producerName: string;
  readonly producerVersion: string;
  /** Domain to version; "" is the domain of ONNX itself. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: OnnxGraph;
  readonly functions: readonly OnnxFunction[];
  readonly metadata: ReadonlyMap<string, string>;
  readonly kept?: Uint8Array;
}
