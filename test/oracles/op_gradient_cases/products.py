"""Products of matrices, plain and fused with what stands around them."""
import torch
import torch.nn.functional as F

from .case import collect, floats

CASES, case = collect()
MICROSOFT = "com.microsoft"

for name, left, right in [
    ("matrices", (3, 5), (5, 2)),
    ("a matrix and a vector", (3, 5), (5,)),
    ("a vector and a matrix", (5,), (5, 3)),
    ("a matrix for each of a batch", (2, 3, 5), (2, 5, 4)),
    ("one matrix for a batch", (2, 3, 5), (5, 7)),
    ("a batch on the right", (3, 5), (2, 5, 7)),
    ("batches that stretch each other", (2, 1, 3, 5), (3, 5, 2)),
    ("a vector on the left", (3,), (2, 3, 5)),
    ("a vector on the right", (2, 5, 3), (3,)),
    ("two vectors", (5,), (5,)),
]:
    case("MatMul", name, torch.matmul, floats(*left), floats(*right))


def gemm(alpha=1.0, beta=1.0, a=False, b=False):
    def of(left, right, added=None):
        product = alpha * (left.T if a else left) @ (right.T if b else right)
        return product if added is None else product + beta * added
    return of


case("Gemm", "a row added", gemm(), floats(3, 5), floats(5, 2), floats(2))
case("Gemm", "A turned, factors, a column added", gemm(0.5, 2.0, a=True), floats(5, 3), floats(5, 2), floats(3, 1),
     alpha=0.5, beta=2.0, transA=1)
case("Gemm", "B turned, a scalar added", gemm(1.0, 0.3, b=True), floats(3, 5), floats(2, 5), floats(), beta=0.3, transB=1)
case("Gemm", "both turned, nothing added", gemm(1.5, a=True, b=True), floats(5, 3), floats(2, 5), alpha=1.5, transA=1, transB=1)


def turned(x, rows_in_front, swapped):
    """transBatch: the rows' axis stands before the batches."""
    x = x.movedim(0, -2) if rows_in_front else x
    return x.transpose(-1, -2) if swapped else x


def fused(alpha=1.0, a=0, b=0, batch_a=0, batch_b=0):
    return lambda left, right: alpha * turned(left, batch_a, a) @ turned(right, batch_b, b)


case("FusedMatMul", "plain, a factor", fused(0.5), floats(2, 3, 5), floats(5, 7), domain=MICROSOFT, alpha=0.5)
case("FusedMatMul", "A turned", fused(a=1), floats(2, 5, 3), floats(5, 7), domain=MICROSOFT, transA=1)
case("FusedMatMul", "B turned", fused(b=1), floats(2, 3, 5), floats(7, 5), domain=MICROSOFT, transB=1)
case("FusedMatMul", "both turned, in batches that stretch", fused(0.3, a=1, b=1), floats(2, 1, 5, 3), floats(3, 7, 5),
     domain=MICROSOFT, alpha=0.3, transA=1, transB=1)
case("FusedMatMul", "one matrix turned for a batch turned", fused(2.0, a=1, b=1), floats(2, 5, 3), floats(7, 5), domain=MICROSOFT,
     alpha=2.0, transA=1, transB=1)
case("FusedMatMul", "rows before the batches", fused(b=1, batch_a=1, batch_b=1), floats(3, 2, 5), floats(7, 2, 5), domain=MICROSOFT,
     transB=1, transBatchA=1, transBatchB=1)

case("FusedGemm", "a rectifier", lambda a, b, c: F.relu(a @ b.T + c), floats(3, 5), floats(2, 5), floats(2), domain=MICROSOFT,
     transB=1, activation="Relu")
case("FusedGemm", "a leaky rectifier, factors", lambda a, b, c: F.leaky_relu(0.5 * a @ b + 2 * c, 0.1), floats(3, 5), floats(5, 2),
     floats(2), domain=MICROSOFT, alpha=0.5, beta=2.0, activation="LeakyRelu", activation_alpha=0.1)
case("FusedConv", "a rectifier", lambda x, w, b: F.relu(F.conv2d(x, w, b, padding=1)), floats(1, 2, 5, 3), floats(3, 2, 3, 3),
     floats(3), domain=MICROSOFT, activation="Relu", pads=[1, 1, 1, 1])
case("FusedConv", "a sum and bounds", lambda x, w, b, z: torch.clamp(F.conv2d(x, w, b, stride=2) + z, -3, 3), floats(1, 2, 5, 7),
     floats(3, 2, 3, 3), floats(3), floats(1, 3, 2, 3), domain=MICROSOFT, strides=[2, 2], activation="Clip",
     activation_params=[-3.0, 3.0])
