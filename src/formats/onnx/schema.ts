/**
 * The protobuf messages of onnx.proto3, as far as they are understood: field name, number and kind. Reader and writer both follow
 * this one table. A field that is not listed is kept as it is encoded.
 */
import type { Data } from "../tensor-ref.ts";

/** A message kind is its own name; `[]` marks a repeated field. */
export const SCHEMA = {
  model: {
    irVersion: [1, "int"],
    producerName: [2, "string"],
    producerVersion: [3, "string"],
    graph: [7, "graph"],
    opsets: [8, "opset[]"],
    metadata: [14, "entry[]"],
    functions: [25, "function[]"],
  },
  opset: { domain: [1, "string"], version: [2, "int"] },
  entry: { key: [1, "string"], value: [2, "string"] },
  graph: {
    nodes: [1, "node[]"],
    name: [2, "string"],
    initializers: [5, "tensor[]"],
    inputs: [11, "valueInfo[]"],
    outputs: [12, "valueInfo[]"],
    valueInfo: [13, "valueInfo[]"],
    sparseInitializers: [15, "bytes[]"],
  },
  function: {
    name: [1, "string"],
    inputs: [4, "string[]"],
    outputs: [5, "string[]"],
    attributes: [6, "string[]"],
    nodes: [7, "node[]"],
    opsets: [9, "opset[]"],
    domain: [10, "string"],
    defaults: [11, "attribute[]"],
    valueInfo: [12, "valueInfo[]"],
    overload: [13, "string"],
  },
  node: {
    inputs: [1, "string[]"],
    outputs: [2, "string[]"],
    name: [3, "string"],
    op: [4, "string"],
    attributes: [5, "attribute[]"],
    domain: [7, "string"],
    overload: [8, "string"],
  },
  attribute: {
    name: [1, "string"],
    float: [2, "float"],
    int: [3, "int"],
    string: [4, "bytes"],
    tensor: [5, "tensor"],
    graph: [6, "graph"],
    floats: [7, "float[]"],
    ints: [8, "int[]"],
    strings: [9, "bytes[]"],
    tensors: [10, "tensor[]"],
    graphs: [11, "graph[]"],
    // Text for people, which values here have no room for.
    documentation: [13, "skip"],
    type: [20, "int"],
    reference: [21, "string"],
  },
  tensor: {
    dims: [1, "int[]"],
    dataType: [2, "int"],
    segment: [3, "bytes"],
    floatData: [4, "data[]"],
    int32Data: [5, "int[]"],
    stringData: [6, "bytes[]"],
    int64Data: [7, "int[]"],
    name: [8, "string"],
    raw: [9, "data"],
    doubleData: [10, "data[]"],
    uint64Data: [11, "int[]"],
    // A reference to data has no room for text about it.
    documentation: [12, "skip"],
    external: [13, "entry[]"],
    location: [14, "int"],
    metadata: [16, "skip"],
  },
  valueInfo: { name: [1, "string"], type: [2, "type"] },
  type: {
    tensor: [1, "tensorType"],
    // What an image's channels are called: nothing is computed by it.
    denotation: [6, "skip"],
  },
  tensorType: { elementType: [1, "int"], shape: [2, "shape"] },
  shape: { dims: [1, "dimension[]"] },
  dimension: { value: [1, "int"], symbol: [2, "string"], denotation: [3, "skip"] },
} as const;

export type Schema = typeof SCHEMA;
export type MessageName = keyof Schema;

interface ScalarValues {
  /** int32, int64 and uint64: a bigint, as int64, where a number would not be exact. */
  int: number | bigint;
  float: number;
  string: string;
  bytes: Uint8Array;
  data: Data;
  /** Read over. */
  skip: never;
}
export type ScalarKind = keyof ScalarValues;

type ValueOf<Kind> = Kind extends `${infer One}[]`
  ? readonly ValueOf<One>[]
  : Kind extends ScalarKind
    ? ScalarValues[Kind]
    : Kind extends MessageName
      ? Message<Kind>
      : never;

export type Message<M extends MessageName> = {
  readonly [F in keyof Schema[M]]?: Schema[M][F] extends readonly [number, infer Kind]
    ? ValueOf<Kind> | undefined
    : never;
} & {
  /** Fields that the table does not list. */
  readonly kept?: Uint8Array | undefined;
  /** Where the message begins in its file. */
  readonly at?: number;
};

export interface Field {
  readonly name: string;
  readonly number: number;
  readonly repeated: boolean;
  readonly kind: ScalarKind | MessageName;
}

/** The fields of each message in the order of their numbers. */
export const FIELDS: Readonly<Record<MessageName, readonly Field[]>> = Object.fromEntries(
  Object.entries(SCHEMA).map(([message, fields]) => [
    message,
    Object.entries(fields).map(([name, [number, kind]]) => ({
      name,
      number,
      repeated: kind.endsWith("[]"),
      kind: kind.replace("[]", ""),
    })),
  ]),
) as unknown as Readonly<Record<MessageName, readonly Field[]>>;

export const isMessage = (kind: Field["kind"]): kind is MessageName => kind in SCHEMA;
