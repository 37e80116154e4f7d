/** The one table of operators. To add one, write its row in ops/ and list the file's rows here (docs/graph.md). */
import type { OpRow } from "./op-row.ts";
import { ARITHMETIC } from "./ops/arithmetic.ts";
import { CONTROL } from "./ops/control.ts";
import { MATMUL } from "./ops/matmul.ts";
import { MOVEMENT } from "./ops/movement.ts";
import { REDUCTION } from "./ops/reduction.ts";

export const OP_TABLE: readonly OpRow[] = [...ARITHMETIC, ...CONTROL, ...MATMUL, ...MOVEMENT, ...REDUCTION];

const ROWS: ReadonlyMap<string, OpRow> = new Map(
  OP_TABLE.map((row) => [`${row.domain ?? ""}:${row.op}`, row]),
);

/** "ai.onnx" is the long name of ONNX's own domain. */
export const rowOf = (domain: string, op: string): OpRow | undefined =>
  ROWS.get(`${domain === "ai.onnx" ? "" : domain}:${op}`);
