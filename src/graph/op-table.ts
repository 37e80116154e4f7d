/** The one table of operators. To add one, write its row in ops/ and list the file's rows here (docs/graph.md). */
import type { OpRow } from "./op-row.ts";
import { ARITHMETIC } from "./ops/arithmetic.ts";
import { ATTENTION } from "./ops/attention.ts";
import { BATCH_NORMALIZATION } from "./ops/batch-normalization.ts";
import { FUSED_MATMUL } from "./ops/fused-matmul.ts";
import { GROUPED_ATTENTION } from "./ops/grouped-attention.ts";
import { MATMUL } from "./ops/matmul.ts";
import { MOVEMENT } from "./ops/movement.ts";
import { NORMALIZATION } from "./ops/normalization.ts";
import { QUANTIZED_WEIGHTS } from "./ops/quantized-weights.ts";
import { REDUCTION } from "./ops/reduction.ts";
import { ROTARY } from "./ops/rotary.ts";
import { SKIP_NORMALIZATION } from "./ops/skip-normalization.ts";

export const OP_TABLE: readonly OpRow[] = [
  ...ARITHMETIC,
  ...ATTENTION,
  ...BATCH_NORMALIZATION,
  ...FUSED_MATMUL,
  ...GROUPED_ATTENTION,
  ...MATMUL,
  ...MOVEMENT,
  ...NORMALIZATION,
  ...QUANTIZED_WEIGHTS,
  ...REDUCTION,
  ...ROTARY,
  ...SKIP_NORMALIZATION,
];

const ROWS: ReadonlyMap<string, OpRow> = new Map(
  OP_TABLE.map((row) => [`${row.domain ?? ""}:${row.op}`, row]),
);

/** "ai.onnx" is the long name of ONNX's own domain. */
export const rowOf = (domain: string, op: string): OpRow | undefined =>
  ROWS.get(`${domain === "ai.onnx" ? "" : domain}:${op}`);
