"""What a case is: an operator with attributes, inputs, and a function of torch tensors that says what it computes."""
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


def collect():
    """A list, and a function that adds a case to it."""
    cases = []

    def case(op, name, of, *inputs, domain="", unused=(), **attributes):
        cases.append(Case(op, name, of, inputs, domain, attributes, unused))

    return cases, case
