/** FusedMatMul and FusedGemm of ONNX Runtime: products with transposes, a factor, an activation. */
import { expressions } from "../expressions.ts";
import { lastTwoSwapped, unbroadcast } from "../gradient-parts.ts";
import type { Shape } from "../graph.ts";
import type { GradientView, NodeView } from "../node-view.ts";
import type { Gradients, OpRow, Sample } from "../op-row.ts";
import { broadcast, elements } from "../shapes.ts";
import { activated } from "./fused-activation.ts";
import { rowsOf } from "./matmul.ts";

interface Side {
  readonly trans: number;
  readonly transBatch: number;
}
const SIDES = ["A", "B"] as const;
const side = (node: NodeView, input: 0 | 1): Side => ({
  trans: node.int(`trans${SIDES[input]}`, 0),
  transBatch: node.int(`transBatch${SIDES[input]}`, 0),
});

/** transBatch: axis 0 goes to where the rows are, [m, batch…, k] becomes [batch…, m, k]. */
const batchPerm = (rank: number): number[] => [
  ...Array.from({ length: rank - 2 }, (_, at) => at + 1),
  0,
  rank - 1,
];
const permuted = (shape: Shape, perm: readonly number[]): Shape => perm.map((axis) => shape[axis]!);

/** The operand's shape as it is multiplied. */
function operand(node: NodeView, input: 0 | 1): Shape {
  const { trans, transBatch } = side(node, input);
  const rank = node.rank(input);
  if (rank < 2) node.unsupported("vectors are not multiplied by it; MatMul does that");
  const batched = transBatch ? permuted(node.shape(input), batchPerm(rank)) : node.shape(input);
  return trans ? permuted(batched, lastTwoSwapped(rank)) : batched;
}

function product(node: NodeView): { shape: Shape; inner: Shape } {
  const [a, b] = [operand(node, 0), operand(node, 1)];
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2));
  const [inner, other] = [a.at(-1)!, b.at(-2)!];
  if (batch === undefined || (typeof inner === "number" && typeof other === "number" && inner !== other)) {
    node.fail(`shapes [${node.shape(0).join(", ")}] and [${node.shape(1).join(", ")}] do not fit`);
  }
  return { shape: [...batch, a.at(-2)!, b.at(-1)!], inner: [inner] };
}

/** Y = α · A′ B′ with A′ = A or Aᵀ: each gradient is again one such product, without a Transpose of its own. */
function productGradient(view: GradientView): Gradients {
  const alpha = view.float("alpha", 1);
  const multiply = (a: string, b: string, transA: number, transB: number): string =>
    view.op("com.microsoft:FusedMatMul", [a, b], {
      ...(transA && { transA }),
      ...(transB && { transB }),
      ...(alpha !== 1 && { alpha }),
    });
  const { transpose } = expressions(view.build);
  const [sideA, sideB] = [side(view, 0), side(view, 1)];
  const plain = (input: 0 | 1, { transBatch }: Side): string =>
    transBatch ? transpose(view.input(input), batchPerm(view.rank(input))) : view.input(input);
  const [a, b] = [plain(0, sideA), plain(1, sideB)];
  const [transA, transB] = [sideA.trans, sideB.trans];
  const dA = (): string => (transA ? multiply(b, view.dy, transB, 1) : multiply(view.dy, b, 0, 1 - transB));
  // Where one matrix serves all rows, its gradient is one product instead of one for each batch and a sum.
  const shared = view.rank(1) === 2 && !transA;
  const [left, dy] = shared ? [rowsOf(view, a), rowsOf(view, view.dy)] : [a, view.dy];
  const dB = (): string => (transB ? multiply(dy, left, 1, transA) : multiply(left, dy, 1 - transA, 0));
  const back = (input: 0 | 1, gradient: string, { transBatch }: Side): string => {
    const rank = view.rank(input);
    if (!transBatch) return unbroadcast(view, gradient, view.shape(input));
    const perm = batchPerm(rank);
    const inBatches = unbroadcast(view, gradient, permuted(view.shape(input), perm));
    return transpose(
      inBatches,
      perm.map((_, axis) => perm.indexOf(axis)),
    );
  };
  return [view.needs(0) ? back(0, dA(), sideA) : undefined, view.needs(1) ? back(1, dB(), sideB) : undefined];
}

function lowerProduct(view: GradientView): readonly string[] {
  const { transpose, matmul, times } = expressions(view.build);
  const [a, b] = ([0, 1] as const).map((input) => {
    const { trans, transBatch } = side(view, input);
    const rank = view.rank(input);
    const batched = transBatch ? transpose(view.input(input), batchPerm(rank)) : view.input(input);
    return trans ? transpose(batched, lastTwoSwapped(rank)) : batched;
  }) as [string, string];
  return [times(matmul(a, b), view.float("alpha", 1))];
}

const flags = (transA: number, transB: number): Sample["attributes"] & object => ({
  ...(transA && { transA }),
  ...(transB && { transB }),
  alpha: 0.5,
});

export const FUSED_MATMUL: readonly OpRow[] = [
  {
    domain: "com.microsoft",
    op: "FusedMatMul",
    attributes: { alpha: "float", transA: "int", transB: "int", transBatchA: "int", transBatchB: "int" },
    infer: (node) => [{ dtype: node.type(0).dtype, shape: product(node).shape }],
    gradient: productGradient,
    lower: lowerProduct,
    flops: (node) => {
      const { shape, inner } = product(node);
      return 2 * elements([...shape, ...inner]);
    },
    samples: [
      ...[0, 1].flatMap((transA) =>
        [0, 1].map((transB) => ({
          name: `A${transA ? "ᵀ" : ""}B${transB ? "ᵀ" : ""}`,
          inputs: [{ shape: transA ? [2, 3, 5] : [2, 5, 3] }, { shape: transB ? [4, 3] : [3, 4] }],
          attributes: flags(transA, transB),
        })),
      ),
      {
        name: "batches on both sides",
        inputs: [{ shape: [2, 1, 3, 5] }, { shape: [3, 5, 2] }],
        attributes: { transA: 0 },
      },
      {
        name: "batches behind the rows",
        inputs: [{ shape: [3, 2, 5] }, { shape: [4, 2, 5] }],
        attributes: { transBatchA: 1, transBatchB: 1, transB: 1 },
      },
    ],
  },
  {
    domain: "com.microsoft",
    op: "FusedGemm",
    attributes: {
      alpha: "float",
      beta: "float",
      transA: "int",
      transB: "int",
      activation: "string",
      activation_alpha: "float",
      activation_beta: "float",
      activation_gamma: "float",
    },
    infer(node) {
      const rows = node.shape(0)[node.int("transA", 0) ? 1 : 0]!;
      const columns = node.shape(1)[node.int("transB", 0) ? 0 : 1]!;
      return [{ dtype: node.type(0).dtype, shape: [rows, columns] }];
    },
    lower(view) {
      const plain = view.op("Gemm", [...view.node.inputs], {
        alpha: view.float("alpha", 1),
        beta: view.float("beta", 1),
        transA: view.int("transA", 0),
        transB: view.int("transB", 0),
      });
      const parameters = ["alpha", "beta", "gamma"].map((name) => `activation_${name}`);
      return [
        activated(
          view,
          plain,
          view.string("activation", ""),
          parameters.flatMap((name) => (view.hasAttribute(name) ? [view.float(name)] : [])),
        ),
      ];
    },
    flops: (node) => 2 * elements(node.shape(0)) * elements([node.shape(1)[node.int("transB", 0) ? 0 : 1]!]),
    samples: [
      {
        name: "a rectifier",
        inputs: [{ shape: [2, 3] }, { shape: [4, 3] }, { shape: [4] }],
        attributes: { transB: 1, activation: "Relu" },
      },
      {
        name: "a leaky rectifier",
        inputs: [{ shape: [2, 3] }, { shape: [3, 4] }, { shape: [4] }],
        attributes: { activation: "LeakyRelu", activation_alpha: 0.1 },
      },
    ],
  },
];
