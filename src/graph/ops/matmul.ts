/** MatMul and Gemm: nearly all the arithmetic of a model. */
import { reshape, transposed, unbroadcast } from "../gradient-parts.ts";
import type { Dim, Shape, TensorType } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow } from "../op-row.ts";
import { broadcast, elements } from "../shapes.ts";

/** As numpy.matmul: a vector on the left is a row, on the right a column, and its added axis is dropped from the result. */
export function matMulShape(node: NodeView): { full: Shape; shape: Shape; inner: Dim } {
  const [a, b] = asMatrices(node.shape(0), node.shape(1));
  const [inner, other] = [a.at(-1)!, b.at(-2)!];
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2));
  if (batch === undefined || (inner !== other && typeof inner === "number" && typeof other === "number")) {
    node.fail(`shapes [${node.shape(0).join(", ")}] and [${node.shape(1).join(", ")}] do not fit`);
  }
  const full = [...batch, a.at(-2)!, b.at(-1)!];
  const shape = [
    ...batch,
    ...(node.rank(0) === 1 ? [] : [a.at(-2)!]),
    ...(node.rank(1) === 1 ? [] : [b.at(-1)!]),
  ];
  return { full, shape, inner };
}

const asMatrices = (a: Shape, b: Shape): [Shape, Shape] => [
  a.length === 1 ? [1, a[0]!] : a,
  b.length === 1 ? [b[0]!, 1] : b,
];

function matMulGradient(view: GradientView): Gradients {
  const [aShape, bShape] = asMatrices(view.shape(0), view.shape(1));
  const dy = reshape(view, view.dy, matMulShape(view).full);
  const a = (): string => reshape(view, view.input(0), aShape);
  const b = (): string => reshape(view, view.input(1), bShape);
  const dA = (): string => unbroadcast(view, view.op("MatMul", [dy, transposed(view, b())]), aShape);
  // Where one matrix serves all rows, its gradient is one product instead of one for each batch and a sum.
  const dB = (): string =>
    bShape.length === 2
      ? view.op("MatMul", [transposed(view, rowsOf(view, a())), rowsOf(view, dy)])
      : unbroadcast(view, view.op("MatMul", [transposed(view, a()), dy]), bShape);
  return [
    view.needs(0) ? reshape(view, dA(), view.shape(0)) : undefined,
    view.needs(1) ? reshape(view, dB(), view.shape(1)) : undefined,
  ];
}

/** [… , m, n] as [… · m, n] */
export function rowsOf(view: GradientView, value: string): string {
  const shape = view.build.shape(value);
  return reshape(view, value, [elements(shape.slice(0, -1)), shape.at(-1)!]);
}

function gemmShape(node: NodeView): { shape: Shape; inner: Dim } {
  const [m, k] = node.int("transA", 0) ? node.shape(0).toReversed() : node.shape(0);
  const [other, n] = node.int("transB", 0) ? node.shape(1).toReversed() : node.shape(1);
  if (node.rank(0) !== 2 || node.rank(1) !== 2) node.fail("Gemm multiplies matrices only");
  if (k !== other && typeof k === "number" && typeof other === "number") {
    node.fail(`inner sides ${k} and ${other} differ`);
  }
  return { shape: [m!, n!], inner: k! };
}

/** Y = α · A′ · B′ + β · C, with A′ = A or Aᵀ: each gradient is again one Gemm. */
function gemmGradient(view: GradientView): Gradients {
  const [transA, transB] = [view.int("transA", 0), view.int("transB", 0)];
  const alpha = view.float("alpha", 1);
  const gemm = (a: string, b: string, tA: number, tB: number): string =>
    view.op("Gemm", [a, b], { transA: tA, transB: tB, ...(alpha !== 1 && { alpha }) });
  const [a, b, dy] = [view.input(0), view.input(1), view.dy];
  const beta = view.float("beta", 1);
  const scaled = (): string =>
    beta === 1 ? dy : view.op("Mul", [dy, view.build.scalar(beta, view.type(0).dtype)]);
  return [
    view.needs(0) ? (transA ? gemm(b, dy, transB, 1) : gemm(dy, b, 0, 1 - transB)) : undefined,
    view.needs(1) ? (transB ? gemm(dy, a, 1, transA) : gemm(a, dy, 1 - transA, 0)) : undefined,
    view.needs(2) ? unbroadcast(view, scaled(), view.shape(2)) : undefined,
  ];
}

const typed = (node: NodeView, shape: Shape): TensorType => ({ dtype: node.type(0).dtype, shape });

export const MATMUL: readonly OpRow[] = [
  {
    op: "MatMul",
    infer: (node) => [typed(node, matMulShape(node).shape)],
    gradient: matMulGradient,
    flops: (node) => {
      const { full, inner } = matMulShape(node);
      return 2 * elements([...full, inner]);
    },
    samples: [
      { name: "matrices", inputs: [{ shape: [2, 3] }, { shape: [3, 4] }] },
      { name: "one matrix for a batch", inputs: [{ shape: [2, 3, 5] }, { shape: [5, 4] }] },
      { name: "a batch on the right", inputs: [{ shape: [3, 5] }, { shape: [2, 5, 4] }] },
      { name: "batches that stretch each other", inputs: [{ shape: [2, 1, 3, 5] }, { shape: [3, 5, 2] }] },
      { name: "a vector on the left", inputs: [{ shape: [3] }, { shape: [2, 3, 4] }] },
      { name: "a vector on the right", inputs: [{ shape: [2, 4, 3] }, { shape: [3] }] },
      { name: "two vectors", inputs: [{ shape: [3] }, { shape: [3] }] },
    ],
  },
  {
    op: "Gemm",
    attributes: { alpha: "float", beta: "float", transA: "int", transB: "int" },
    infer: (node) => [typed(node, gemmShape(node).shape)],
    gradient: gemmGradient,
    flops: (node) => {
      const { shape, inner } = gemmShape(node);
      return 2 * elements([...shape, inner]) + (node.has(2) ? 2 * elements(shape) : 0);
    },
    samples: [0, 1].flatMap((transA) =>
      [0, 1].map((transB) => ({
        name: `A${transA ? "ᵀ" : ""}B${transB ? "ᵀ" : ""}`,
        inputs: [
          { shape: transA ? [3, 2] : [2, 3] },
          { shape: transB ? [4, 3] : [3, 4] },
          ...(transA === transB ? [{ shape: [4] }] : []),
        ],
        attributes: { transA, transB, ...(transA === 1 && { alpha: 0.5, beta: 2 }) },
      })),
    ),
  },
];
