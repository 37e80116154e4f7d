/** Any model that may be written. */
import fc from "fast-check";
import type {
  OnnxAttribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxType, OnnxValueInfo,
} from "../../src/formats/onnx/model.ts"; // biome-ignore format: one import
import { encodeStrings } from "../../src/formats/onnx/string-tensor.ts";
import {
  byteSize,
  DTYPE_BITS,
  type Dtype,
  elementCount,
  type TensorRef,
} from "../../src/formats/tensor-ref.ts";

const name = fc.string({ unit: "grapheme", maxLength: 8 });
const names = fc.array(name, { maxLength: 3 });
const integer = fc.maxSafeInteger();
const float = fc.float({ noNaN: true });
const dtype = fc.constantFrom<Dtype>(...(Object.keys(DTYPE_BITS) as Dtype[]), "string");
const bytes = fc.uint8Array({ maxLength: 12 });
/** An unknown field of wire type 2, number 100. */
const kept = fc.option(
  bytes.map((content) => Uint8Array.of(0xa2, 0x06, content.length, ...content)),
  { nil: undefined },
);
const optional = <Key extends string, Value>(key: Key, arbitrary: fc.Arbitrary<Value | undefined>) =>
  arbitrary.map((value) => (value === undefined ? {} : ({ [key]: value } as Record<Key, Value>)));
const extended = <Plain extends object>(plain: fc.Arbitrary<Plain>) =>
  fc.tuple(plain, optional("kept", kept)).map(([one, more]) => ({ ...one, ...more }));

const smallTensor: fc.Arbitrary<TensorRef> = fc
  .tuple(dtype, fc.array(fc.nat({ max: 4 }), { maxLength: 3 }))
  .chain(([type, shape]): fc.Arbitrary<TensorRef> => {
    if (type === "string") {
      const count = elementCount(shape);
      return fc
        .array(bytes, { minLength: count, maxLength: count })
        .map((strings) => ({ dtype: type, shape, data: encodeStrings(strings) }));
    }
    const size = byteSize(type, shape);
    return fc.uint8Array({ minLength: size, maxLength: size }).map((data) => ({ dtype: type, shape, data }));
  });
const LARGE: TensorRef = {
  dtype: "float32",
  shape: [2_000],
  data: new Uint8Array(8_000).map((_, at) => at),
};
/** Some are larger than what stays in memory. */
const tensor = fc.oneof({ weight: 20, arbitrary: smallTensor }, { weight: 1, arbitrary: fc.constant(LARGE) });

const dimension = fc.oneof(
  fc.nat(),
  name.filter((one) => one !== ""),
  fc.constant(undefined),
);
const type: fc.Arbitrary<OnnxType> = fc.oneof(
  fc
    .tuple(dtype, fc.option(fc.array(dimension, { maxLength: 3 }), { nil: undefined }))
    .map(([one, shape]) => ({ kind: "tensor" as const, dtype: one, ...(shape && { shape }) })),
  fc.constant({ kind: "unknown" as const }),
  // A sequence of nothing.
  fc.constant({ kind: "opaque" as const, encoded: Uint8Array.of(0x22, 0) }),
);
const valueInfo: fc.Arbitrary<OnnxValueInfo> = extended(fc.record({ name, type }));
const overload = optional(
  "overload",
  fc.option(
    name.filter((one) => one !== ""),
    { nil: undefined },
  ),
);
const opsets = fc.array(fc.tuple(name, integer)).map((entries) => new Map(entries));

interface Recursive {
  readonly attribute: OnnxAttribute;
  readonly node: OnnxNode;
  readonly graph: OnnxGraph;
}

const { graph, node, attribute } = fc.letrec<Recursive>((tie: fc.LetrecTypedTie<Recursive>) => ({
  attribute: fc.oneof(
    { maxDepth: 2, depthIdentifier: "graph" },
    fc.record({ type: fc.constant("int" as const), value: integer }),
    fc.record({ type: fc.constant("float" as const), value: float }),
    fc.record({ type: fc.constant("string" as const), value: name }),
    fc.record({ type: fc.constant("tensor" as const), value: tensor }),
    fc.record({ type: fc.constant("floats" as const), value: fc.array(float, { maxLength: 3 }) }),
    fc.record({ type: fc.constant("ints" as const), value: fc.array(integer, { maxLength: 3 }) }),
    fc.record({ type: fc.constant("strings" as const), value: names }),
    fc.record({ type: fc.constant("tensors" as const), value: fc.array(tensor, { maxLength: 2 }) }),
    fc.record({
      type: fc.constant("reference" as const),
      value: name.filter((one) => one !== ""),
      of: fc.integer({ min: 0, max: 14 }),
    }),
    // AttributeProto.type = INT, i = 2^63 - 1.
    fc.constant({
      type: "opaque" as const,
      value: Uint8Array.of(0x18, 255, 255, 255, 255, 255, 255, 255, 255, 127, 0xa0, 1, 2),
    }),
    fc.record({ type: fc.constant("graph" as const), value: tie("graph") }),
    fc.record({ type: fc.constant("graphs" as const), value: fc.array(tie("graph"), { maxLength: 2 }) }),
  ),
  node: fc
    .tuple(
      extended(
        fc.record({
          op: name,
          domain: name,
          name,
          inputs: names,
          outputs: names,
          attributes: fc.dictionary(name, tie("attribute"), { maxKeys: 3, noNullPrototype: true }),
        }),
      ),
      overload,
    )
    .map(([one, more]) => ({ ...one, ...more })),
  graph: extended(
    fc.record({
      name,
      nodes: fc.array(tie("node"), { maxLength: 3 }),
      initializers: fc.array(fc.tuple(name, tensor), { maxLength: 3 }).map((entries) => new Map(entries)),
      inputs: fc.array(valueInfo, { maxLength: 2 }),
      outputs: fc.array(valueInfo, { maxLength: 2 }),
      valueInfo: fc.array(valueInfo, { maxLength: 2 }),
    }),
  ),
}));

const localFunction: fc.Arbitrary<OnnxFunction> = fc
  .tuple(
    extended(
      fc.record({
        name,
        domain: name,
        inputs: names,
        outputs: names,
        attributes: names,
        defaults: fc.dictionary(name, attribute, { maxKeys: 2, noNullPrototype: true }),
        nodes: fc.array(node, { maxLength: 2 }),
        opsets,
        valueInfo: fc.array(valueInfo, { maxLength: 2 }),
      }),
    ),
    overload,
  )
  .map(([one, more]) => ({ ...one, ...more }));

export const onnxModel: fc.Arbitrary<OnnxModel> = extended(
  fc.record({
    irVersion: fc.integer({ min: 1, max: 13 }),
    producerName: name,
    producerVersion: name,
    opsets,
    graph,
    functions: fc.array(localFunction, { maxLength: 2 }),
    metadata: fc.array(fc.tuple(name, name)).map((entries) => new Map(entries)),
  }),
);
