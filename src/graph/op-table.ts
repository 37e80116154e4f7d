/** The one table of operators. To add one, write its row in ops/ and list the file's rows here (docs/graph.md). */
import type { OpRow } from "./op-row.ts";
import { ACTIVATIONS } from "./ops/activations.ts";
import { ARITHMETIC } from "./ops/arithmetic.ts";
import { ATTENTION } from "./ops/attention.ts";
import { BATCH_NORMALIZATION } from "./ops/batch-normalization.ts";
import { BLOCKS } from "./ops/blocks.ts";
import { CAST } from "./ops/cast.ts";
import { CLIP } from "./ops/clip.ts";
import { CONSTANTS } from "./ops/constants.ts";
import { CONTROL } from "./ops/control.ts";
import { CONVOLUTION } from "./ops/convolution.ts";
import { CUMULATIVE } from "./ops/cumulative.ts";
import { DROPOUT } from "./ops/dropout.ts";
import { FUSED_MATMUL } from "./ops/fused-matmul.ts";
import { GATHER } from "./ops/gather.ts";
import { GATHER_BLOCK_QUANTIZED } from "./ops/gather-block-quantized.ts";
import { GELU } from "./ops/gelu.ts";
import { GROUP_QUERY_ATTENTION } from "./ops/group-query-attention.ts";
import { JOINING } from "./ops/joining.ts";
import { LOGIC } from "./ops/logic.ts";
import { MARKING } from "./ops/marking.ts";
import { MATMUL } from "./ops/matmul.ts";
import { MATMUL_N_BITS } from "./ops/matmul-n-bits.ts";
import { MOVEMENT } from "./ops/movement.ts";
import { MULTI_HEAD_ATTENTION } from "./ops/multi-head-attention.ts";
import { NORMALIZATION } from "./ops/normalization.ts";
import { PAD } from "./ops/pad.ts";
import { POOLING } from "./ops/pooling.ts";
import { QUANTIZATION } from "./ops/quantization.ts";
import { RECURRENT } from "./ops/recurrent.ts";
import { REDUCTION } from "./ops/reduction.ts";
import { RESIZE } from "./ops/resize.ts";
import { ROTARY } from "./ops/rotary.ts";
import { SCATTER } from "./ops/scatter.ts";
import { SELECTION } from "./ops/selection.ts";
import { SELF_ATTENTION } from "./ops/self-attention.ts";
import { SIDES } from "./ops/sides.ts";
import { SKIP_NORMALIZATION } from "./ops/skip-normalization.ts";
import { SLICE } from "./ops/slice.ts";
import { SOFTMAX } from "./ops/softmax.ts";
import { TRANSPOSED_CONVOLUTION } from "./ops/transposed-convolution.ts";
import { UNARY } from "./ops/unary.ts";
import { VARIADIC } from "./ops/variadic.ts";

export const OP_TABLE: readonly OpRow[] = [
  ...ACTIVATIONS,
  ...ARITHMETIC,
  ...ATTENTION,
  ...BATCH_NORMALIZATION,
  ...BLOCKS,
  ...CAST,
  ...CLIP,
  ...CONSTANTS,
  ...CONTROL,
  ...CUMULATIVE,
  ...DROPOUT,
  ...CONVOLUTION,
  ...FUSED_MATMUL,
  ...GATHER,
  ...GELU,
  ...GATHER_BLOCK_QUANTIZED,
  ...GROUP_QUERY_ATTENTION,
  ...JOINING,
  ...LOGIC,
  ...MARKING,
  ...MATMUL,
  ...MATMUL_N_BITS,
  ...MOVEMENT,
  ...MULTI_HEAD_ATTENTION,
  ...NORMALIZATION,
  ...PAD,
  ...QUANTIZATION,
  ...POOLING,
  ...RECURRENT,
  ...REDUCTION,
  ...RESIZE,
  ...ROTARY,
  ...SCATTER,
  ...SELECTION,
  ...SELF_ATTENTION,
  ...SIDES,
  ...SKIP_NORMALIZATION,
  ...SLICE,
  ...SOFTMAX,
  ...TRANSPOSED_CONVOLUTION,
  ...UNARY,
  ...VARIADIC,
];

const ROWS: ReadonlyMap<string, OpRow> = new Map(
  OP_TABLE.map((row) => [`${row.domain ?? ""}:${row.op}`, row]),
);

/** "ai.onnx" is the long name of ONNX's own domain. */
export const rowOf = (domain: string, op: string): OpRow | undefined =>
  ROWS.get(`${domain === "ai.onnx" ? "" : domain}:${op}`);
