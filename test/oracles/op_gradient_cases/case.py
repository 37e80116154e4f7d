"""What a case is: an operator with attributes, inputs, and a function of torch tensors that says what it computes."""
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any, Callable

import torch


@dataclass(frozen=True)
class Input:
    draw: Callable[[torch.Generator], torch.Tensor]
    dtype: str = "float32"
    # Known when the graph is built, as axes and shapes are; nothing is differentiated by it.
    constant: bool = False


@dataclass(frozen=True)
class Case:
    op: str
    name: str
    # Of the inputs as tensors, None for those left out; gives one tensor or several, None for outputs that nobody asks for.
    of: Callable[..., Any]
    inputs: tuple
    domain: str = ""
    attributes: dict = field(default_factory=dict)
    # Outputs that are there, but that no gradient comes from.
    unused: tuple = ()


def floats(*shape, low=-2.0, high=2.0, avoid=()):
    """Numbers of two decimals between low and high, at least a tenth away from kinks."""
    def draw(generator):
        values = low + (high - low) * torch.rand(shape, generator=generator, dtype=torch.float64)
        for kink in avoid:
            near = (values - kink).abs() < 0.1
            values = torch.where(near, kink + torch.where(values < kink, -0.15, 0.15), values)
        return values
    return Input(draw)


def apart(*shape):
    """Numbers a tenth or more from each other, in no order, none of them 0."""
    def draw(generator):
        count = torch.Size(shape).numel()
        return (torch.randperm(count, generator=generator).double().reshape(shape) - count / 2 + 0.25) / 8
    return Input(draw)


def numbers(values):
    return Input(lambda _: torch.tensor(values, dtype=torch.float64))


def ints(values, dtype="int64"):
    return Input(lambda _: torch.tensor(values, dtype=getattr(torch, dtype)), dtype)


def bools(values):
    return Input(lambda _: torch.tensor(values, dtype=torch.bool), "bool")


def fixed(given):
    return Input(given.draw, given.dtype, constant=True)


def known(*values):
    """Axes, sizes, pads: a vector of int64 that is known when the graph is built."""
    return fixed(ints(list(values)))


def known_scalar(value):
    return fixed(ints(value))


def rounded(tensor):
    """Few digits in the file, and exactly the float32 that these digits are."""
    texts = [round(value, 2) for value in tensor.flatten().tolist()]
    return texts, torch.tensor(texts, dtype=torch.float32).double().reshape(tensor.shape)


def shortest(value):
    """The fewest digits that say the float32, zeros without a sign."""
    wanted = struct.pack("f", value)
    texts = (f"{value:.{digits}g}" for digits in range(4, 10))
    return float(next(text for text in texts if struct.pack("f", float(text)) == wanted)) + 0.0


def stored(tensor):
    return [shortest(value) for value in tensor.detach().float().flatten().tolist()]


def golden(case):
    generator = torch.Generator().manual_seed(zlib.crc32(f"{case.domain}:{case.op}: {case.name}".encode()))
    inputs, tensors, trained = [], [], []
    for given in case.inputs:
        if given is None:
            inputs.append(None)
            tensors.append(None)
            continue
        tensor = given.draw(generator)
        if given.dtype == "float32":
            values, tensor = rounded(tensor)
            if not given.constant:
                tensor.requires_grad_()
                trained.append((len(inputs), tensor))
        else:
            values = tensor.int().flatten().tolist() if given.dtype == "bool" else tensor.flatten().tolist()
        told = {"shape": list(tensor.shape), "values": values}
        told |= {"dtype": given.dtype} if given.dtype != "float32" else {}
        told |= {"constant": True} if given.constant else {}
        inputs.append(told)
        tensors.append(tensor)
    results = case.of(*tensors)
    results = results if isinstance(results, (tuple, list)) else (results,)
    outputs, seeded = [], []
    for at, result in enumerate(results):
        if result is None:
            outputs.append(None)
            continue
        if not result.dtype.is_floating_point:
            dtype = str(result.dtype).removeprefix("torch.")
            outputs.append({"shape": list(result.shape), "values": result.int().flatten().tolist(), "dtype": dtype})
            continue
        told = {"shape": list(result.shape), "values": stored(result)}
        if at not in case.unused:
            told["upstream"], upstream = rounded(-1.5 + 3 * torch.rand(result.shape, generator=generator, dtype=torch.float64))
            seeded.append((result, upstream))
        outputs.append(told)
    sources = [tensor for _, tensor in trained]
    made = torch.autograd.grad([result for result, _ in seeded], sources, [upstream for _, upstream in seeded],
                               allow_unused=True, materialize_grads=True)
    gradients = [None] * len(inputs)
    for (at, _), gradient in zip(trained, made, strict=True):
        assert gradient.isfinite().all(), case
        gradients[at] = stored(gradient)
    return {"domain": case.domain, "op": case.op, "name": case.name, "attributes": case.attributes,
            "inputs": inputs, "outputs": outputs, "gradients": gradients}


def collect():
    """A list, and a function that adds a case to it."""
    cases = []

    def case(op, name, of, *inputs, domain="", unused=(), **attributes):
        cases.append(Case(op, name, of, inputs, domain, attributes, unused))

    return cases, case
