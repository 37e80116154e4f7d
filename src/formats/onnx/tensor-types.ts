/** TensorProto.DataType, and which typed field may hold the values of each type instead of raw bytes (onnx.proto3, TensorProto). */
import type { Dtype } from "../tensor-ref.ts";

export type TypedField = "floatData" | "doubleData" | "int32Data" | "int64Data" | "uint64Data" | "stringData";

const ROWS: readonly (readonly [number: number, dtype: Dtype, field: TypedField])[] = [
  [1, "float32", "floatData"], [2, "uint8", "int32Data"], [3, "int8", "int32Data"], [4, "uint16", "int32Data"],
  [5, "int16", "int32Data"], [6, "int32", "int32Data"], [7, "int64", "int64Data"], [8, "string", "stringData"],
  [9, "bool", "int32Data"], [10, "float16", "int32Data"], [11, "float64", "doubleData"], [12, "uint32", "uint64Data"],
  [13, "uint64", "uint64Data"], [14, "complex64", "floatData"], [15, "complex128", "doubleData"], [16, "bfloat16", "int32Data"],
  [17, "float8e4m3fn", "int32Data"], [18, "float8e4m3fnuz", "int32Data"], [19, "float8e5m2", "int32Data"],
  [20, "float8e5m2fnuz", "int32Data"], [21, "uint4", "int32Data"], [22, "int4", "int32Data"], [23, "float4e2m1", "int32Data"],
  [24, "float8e8m0", "int32Data"], [25, "uint2", "int32Data"], [26, "int2", "int32Data"],
]; // biome-ignore format: one line reads as one row

const BY_NUMBER = new Map(ROWS.map(([number, dtype, field]) => [number, { dtype, field }]));
const BY_DTYPE = new Map(ROWS.map(([number, dtype]) => [dtype, number]));

export const tensorType = (number: number): { dtype: Dtype; field: TypedField } | undefined =>
  BY_NUMBER.get(number);

export const dataTypeNumber = (dtype: Dtype): number => BY_DTYPE.get(dtype)!;
