"""One number at a time: functions, activations, arithmetic, choices between numbers."""
import torch
import torch.nn.functional as F

from .case import bools, collect, fixed, floats, ints, known, known_scalar, numbers

CASES, case = collect()
MICROSOFT = "com.microsoft"

for op, of, more in [
    ("Neg", torch.neg, {}),
    ("Abs", torch.abs, {"avoid": [0]}),
    ("Exp", torch.exp, {}),
    ("Log", torch.log, {"low": 0.3}),
    ("Sqrt", torch.sqrt, {"low": 0.3}),
    ("Reciprocal", torch.reciprocal, {"avoid": [0], "low": -3}),
    ("Sin", torch.sin, {"low": -4, "high": 4}),
    ("Cos", torch.cos, {"low": -4, "high": 4}),
    ("Tanh", torch.tanh, {}),
    ("Sigmoid", torch.sigmoid, {"low": -5, "high": 5}),
    ("Erf", torch.erf, {}),
    ("Identity", lambda x: x * 1, {}),
    ("Relu", F.relu, {"avoid": [0]}),
    ("LeakyRelu", F.leaky_relu, {"avoid": [0]}),
    ("ThresholdedRelu", lambda x: F.threshold(x, 1, 0), {"avoid": [1], "low": -3, "high": 3}),
    ("Elu", F.elu, {"avoid": [0]}),
    ("Selu", F.selu, {"avoid": [0]}),
    ("HardSigmoid", lambda x: torch.clamp(0.2 * x + 0.5, 0, 1), {"avoid": [-2.5, 2.5], "low": -4, "high": 4}),
    ("HardSwish", F.hardswish, {"avoid": [-3, 3], "low": -5, "high": 5}),
    ("Softplus", F.softplus, {"low": -4, "high": 4}),
    ("Softsign", F.softsign, {"avoid": [0]}),
    ("Mish", F.mish, {"low": -4, "high": 4}),
    ("Gelu", F.gelu, {"low": -4, "high": 4}),
]:
    case(op, "a matrix of odd sides", of, floats(3, 5, **more))
case("Tanh", "a scalar", torch.tanh, floats())
case("LeakyRelu", "alpha set", lambda x: F.leaky_relu(x, 0.2), floats(7, avoid=[0]), alpha=0.2)
case("ThresholdedRelu", "alpha set", lambda x: F.threshold(x, 0.4, 0), floats(7, avoid=[0.4]), alpha=0.4)
case("Elu", "alpha set", lambda x: F.elu(x, 1.7), floats(7, avoid=[0]), alpha=1.7)
case("Selu", "alpha and gamma set", lambda x: 1.2 * F.elu(x, 1.5), floats(7, avoid=[0]), alpha=1.5, gamma=1.2)
case("HardSigmoid", "alpha and beta set", lambda x: torch.clamp(0.4 * x + 0.3, 0, 1), floats(9, avoid=[-0.75, 1.75]),
     alpha=0.4, beta=0.3)
case("Gelu", "by tanh", lambda x: F.gelu(x, approximate="tanh"), floats(3, 5, low=-4, high=4), approximate="tanh")

case("Gelu", "a matrix", F.gelu, floats(3, 5, low=-4, high=4), domain=MICROSOFT)
case("BiasGelu", "a bias for each column", lambda x, b: F.gelu(x + b), floats(2, 3, 5), floats(5), domain=MICROSOFT)
case("FastGelu", "no bias", lambda x: F.gelu(x, approximate="tanh"), floats(3, 5, low=-4, high=4), domain=MICROSOFT)
case("FastGelu", "a bias for each column", lambda x, b: F.gelu(x + b, approximate="tanh"), floats(2, 3, 5), floats(5),
     domain=MICROSOFT)
case("QuickGelu", "alpha as it is", lambda x: x * torch.sigmoid(1.702 * x), floats(3, 5, low=-4, high=4), domain=MICROSOFT)
case("QuickGelu", "as SiLU", F.silu, floats(3, 5, low=-4, high=4), domain=MICROSOFT, alpha=1.0)

case("PRelu", "one slope", lambda x, a: torch.where(x > 0, x, a * x), floats(3, 5, avoid=[0]), floats(1))
case("PRelu", "a slope for each column", lambda x, a: torch.where(x > 0, x, a * x), floats(3, 5, avoid=[0]), floats(5))
case("PRelu", "a slope for each channel", lambda x, a: F.prelu(x, a.flatten()), floats(2, 3, 5, avoid=[0]), floats(3, 1))
case("Clip", "both limits, trained too", lambda x, low, high: torch.minimum(torch.maximum(x, low), high),
     floats(3, 5, avoid=[-0.7, 0.9]), numbers(-0.7), numbers(0.9))
case("Clip", "no limit", lambda x: x * 1, floats(5))
case("Clip", "the lower limit", lambda x, low: torch.clamp(x, min=low.item()), floats(3, 5, avoid=[0.3]), fixed(numbers(0.3)))
case("Clip", "the upper limit", lambda x, _, high: torch.clamp(x, max=high.item()), floats(7, avoid=[0.5]), None,
     fixed(numbers(0.5)))

for op, of, left, right in [
    ("Add", torch.add, {}, {}),
    ("Sub", torch.sub, {}, {}),
    ("Mul", torch.mul, {}, {}),
    ("Div", torch.div, {}, {"low": 0.4}),
    ("Pow", torch.pow, {"low": 0.4}, {}),
]:
    case(op, "equal shapes", of, floats(3, 5, **left), floats(3, 5, **right))
    case(op, "both stretched", of, floats(3, 1, 5, **left), floats(2, 1, **right))
    case(op, "a scalar first", of, floats(**left), floats(2, 3, **right))
case("Div", "divisors below zero", torch.div, floats(7), floats(7, low=-2, high=-0.4))
case("Pow", "squares of any number", torch.pow, numbers([-1.5, -0.25, 0.0, 0.5, 2.0]), fixed(numbers(2.0)))
case("Pow", "roots", torch.pow, floats(3, 5, low=0.4), fixed(numbers([0.5])))
case("Pow", "cubes, the exponent an integer", torch.pow, floats(3, 3, avoid=[0]), known(3))
case("Mod", "both signs", torch.fmod, numbers([5.3, -5.3, 5.3, -5.3, 0.7]), numbers([2.0, 2.0, -2.0, -2.0, 3.0]), fmod=1)
case("Mod", "a divisor for each row", torch.fmod, numbers([[5.3, -7.1, 0.8], [9.4, 2.2, -3.9]]), numbers([[2.5], [1.5]]), fmod=1)


def folded(of):
    def all_of(first, *others):
        for other in others:
            first = of(first, other)
        return first
    return all_of


for op, of in [("Max", folded(torch.maximum)), ("Min", folded(torch.minimum)), ("Sum", folded(torch.add)),
               ("Mean", lambda *all_of: folded(torch.add)(*all_of) / len(all_of))]:
    case(op, "one operand", lambda x, of=of: of(x) * 1, floats(5))
    case(op, "three that stretch each other", of, numbers([[-2.0], [1.0], [0.1]]), numbers([-1.0, 0.0, 2.0, 0.4, 1.2]), numbers(0.6))
for op, of in [("Max", torch.maximum), ("Min", torch.minimum)]:
    case(op, "two that are equal share", of, numbers([1.0, 2.0, -3.0]), numbers([1.0, 1.0, -3.0]))

case("Where", "equal shapes", torch.where, bools([True, False, True]), floats(3), floats(3))
case("Where", "all three stretched", torch.where, bools([[[True], [False], [True]]]), floats(2, 1, 5), floats(3, 1))
case("Where", "a number instead of what is masked", lambda c, x, y: torch.where(c, x, y), bools([True, False, False, True, True]),
     floats(3, 5), fixed(numbers(-100.0)))

case("Cast", "to more digits", lambda x: x.double() * 1, floats(3, 5), to=11)
case("Cast", "to the same type", lambda x: x * 1, floats(3, 5), to=1)
case("CastLike", "floats", lambda x, _: x * 1, floats(3, 5), fixed(floats(1)))
case("Dropout", "an inference", lambda x: F.dropout(x * 1, training=False), floats(3, 5))
case("Dropout", "a run that does not train", lambda x, *_: (x * 1, torch.ones(x.shape, dtype=torch.bool)), floats(3, 5),
     fixed(numbers(0.3)), fixed(bools(False)))


def trilu(x, k=None, upper=True):
    at = 0 if k is None else int(k)
    return torch.triu(x, at) if upper else torch.tril(x, at)


case("Trilu", "above the diagonal", trilu, floats(3, 5))
case("Trilu", "below it, in batches", lambda x, k: trilu(x, k, False), floats(2, 5, 3), known_scalar(-1), upper=0)
case("Trilu", "from two above", trilu, floats(3, 5), known_scalar(2), upper=1)


def one_hot(indices, depth, values, axis=-1):
    hot = F.one_hot(indices % depth, int(depth)).bool().movedim(-1, axis)
    return torch.where(hot, values[1], values[0])


case("OneHot", "behind", one_hot, ints([[0, 2, -1], [1, 1, 3]]), known_scalar(5), floats(2))
case("OneHot", "between", lambda *given: one_hot(*given, axis=1), ints([[0, 2], [1, 1]]), known_scalar(3), floats(2), axis=1)
case("OneHot", "in front", lambda *given: one_hot(*given, axis=0), ints([0, 3, 1]), known_scalar(4), floats(2), axis=0)
