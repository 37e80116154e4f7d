"""Sums, means, extremes, running sums, shares of a sum."""
import torch

from .case import apart, collect, floats, known, known_scalar, numbers

CASES, case = collect()

for op, of, inputs in [("ReduceSum", torch.sum, floats), ("ReduceMean", torch.mean, floats), ("ReduceMax", torch.amax, apart),
                       ("ReduceMin", torch.amin, apart)]:
    case(op, "all", lambda x, of=of: of(x, dim=(0, 1), keepdim=True), inputs(3, 5))
    case(op, "the last axis stays", lambda x, _, of=of: of(x, dim=-1, keepdim=True), inputs(3, 5), known(-1), keepdims=1)
    case(op, "two axes go", lambda x, _, of=of: of(x, dim=(0, 2)), inputs(3, 2, 5), known(0, -1), keepdims=0)
    case(op, "none, on request", lambda x: x * 1, inputs(3, 5), noop_with_empty_axes=1)
for op, of in [("ReduceMax", torch.amax), ("ReduceMin", torch.amin)]:
    case(op, "equal ones share", lambda x, _, of=of: of(x, dim=1, keepdim=True), numbers([[1.0, 1.0, -2.0], [-2.0, 0.5, -2.0]]), known(1))


def running(axis, exclusive=False, backwards=False):
    def of(x, _):
        way = x.flip(axis) if backwards else x
        total = way.cumsum(axis)
        total = total - way if exclusive else total
        return total.flip(axis) if backwards else total
    return of


case("CumSum", "along the last axis", running(1), floats(3, 5), known_scalar(-1))
case("CumSum", "without the element itself", running(0, exclusive=True), floats(5, 3), known_scalar(0), exclusive=1)
case("CumSum", "from the back", running(1, backwards=True), floats(2, 5, 3), known_scalar(1), reverse=1)
case("CumSum", "from the back without itself", running(1, True, True), floats(3, 5), known_scalar(1), exclusive=1, reverse=1)

for op, of in [("Softmax", torch.softmax), ("LogSoftmax", torch.log_softmax)]:
    case(op, "the last axis", lambda x, of=of: of(x, -1), floats(3, 5))
    case(op, "an inner axis", lambda x, of=of: of(x, 1), floats(2, 5, 3, low=-5, high=5), axis=1)
