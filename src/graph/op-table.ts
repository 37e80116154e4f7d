/** The one table of operators. To add one, write its row in ops/ and list the file's rows here (docs/graph.md). */
import type { OpRow } from "./op-row.ts";
import { ACTIVATIONS } from "./ops/activations.ts";
import { ARITHMETIC } from "./ops/arithmetic.ts";
import { CAST } from "./ops/cast.ts";
import { CONSTANTS } from "./ops/constants.ts";
import { CONTROL } from "./ops/control.ts";
import { CUMULATIVE } from "./ops/cumulative.ts";
import { DROPOUT } from "./ops/dropout.ts";
import { GATHER } from "./ops/gather.ts";
import { GELU } from "./ops/gelu.ts";
import { JOINING } from "./ops/joining.ts";
import { LOGIC } from "./ops/logic.ts";
import { MARKING } from "./ops/marking.ts";
import { MATMUL } from "./ops/matmul.ts";
import { MOVEMENT } from "./ops/movement.ts";
import { PAD } from "./ops/pad.ts";
import { QUANTIZATION } from "./ops/quantization.ts";
import { REDUCTION } from "./ops/reduction.ts";
import { SCATTER } from "./ops/scatter.ts";
import { SELECTION } from "./ops/selection.ts";
import { SIDES } from "./ops/sides.ts";
import { SLICE } from "./ops/slice.ts";
import { SOFTMAX } from "./ops/softmax.ts";
import { UNARY } from "./ops/unary.ts";
import { VARIADIC } from "./ops/variadic.ts";

export const OP_TABLE: readonly OpRow[] = [
  ...ACTIVATIONS,
  ...ARITHMETIC,
  ...CAST,
  ...CONSTANTS,
  ...CONTROL,
  ...CUMULATIVE,
  ...DROPOUT,
  ...GATHER,
  ...GELU,
  ...JOINING,
  ...LOGIC,
  ...MARKING,
  ...MATMUL,
  ...MOVEMENT,
  ...PAD,
  ...QUANTIZATION,
  ...REDUCTION,
  ...SCATTER,
  ...SELECTION,
  ...SIDES,
  ...SLICE,
  ...SOFTMAX,
  ...UNARY,
  ...VARIADIC,
];

const ROWS: ReadonlyMap<string, OpRow> = new Map(
  OP_TABLE.map((row) => [`${row.domain ?? ""}:${row.op}`, row]),
);

/** "ai.onnx" is the long name of ONNX's own domain. */
export const rowOf = (domain: string, op: string): OpRow | undefined =>
  ROWS.get(`${domain === "ai.onnx" ? "" : domain}:${op}`);
