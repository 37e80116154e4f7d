"""Weights of four or eight bits in blocks, (q - zero point) · scale each; they are not trained, what meets them is."""
import torch

from .case import Input, collect, fixed, floats, ints

CASES, case = collect()
MICROSOFT = "com.microsoft"


def bytes_of(*shape):
    return fixed(Input(lambda generator: torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8), "uint8"))


def scales(*shape):
    return floats(*shape, low=0.05, high=0.4)


def halves(packed):
    """Two values to a byte, the first in the low half: the last axis doubles."""
    return torch.stack((packed % 16, packed // 16), -1).flatten(-2).double()


def weights(packed, scale, zeros, columns, inner, bits):
    """packed [columns, blocks, bytes], scale [columns, blocks]; zeros likewise or packed in rows: [columns, inner]"""
    values = halves(packed) if bits == 4 else packed.double()
    blocks = packed.shape[1]
    if zeros is None:
        zeros = torch.full((columns, blocks), float(2 ** (bits - 1)))
    elif zeros.dtype == torch.uint8:
        zeros = (halves(zeros) if bits == 4 else zeros.double())[:, :blocks]
    return ((values - zeros[..., None]) * scale[..., None]).flatten(1)[:, :inner]


def product(columns, inner, bits=4):
    def of(x, packed, scale, zeros=None, _=None, bias=None):
        made = x @ weights(packed, scale, zeros, columns, inner, bits).T
        return made if bias is None else made + bias
    return of


case("MatMulNBits", "four bits", product(5, 32), floats(2, 3, 32), bytes_of(5, 2, 8), fixed(scales(5, 2)), domain=MICROSOFT, K=32, N=5,
     bits=4, block_size=16)
case("MatMulNBits", "zero points, a last block that is not full, a trained bias", product(3, 40), floats(3, 40), bytes_of(3, 3, 8),
     fixed(scales(3, 3)), bytes_of(3, 2), None, floats(3), domain=MICROSOFT, K=40, N=3, bits=4, block_size=16)
case("MatMulNBits", "zero points that are numbers", product(3, 32), floats(3, 32), bytes_of(3, 2, 8), fixed(scales(3, 2)),
     fixed(floats(3, 2, low=4, high=12)), domain=MICROSOFT, K=32, N=3, bits=4, block_size=16)
case("MatMulNBits", "eight bits", product(3, 32, 8), floats(3, 32), bytes_of(3, 2, 16), fixed(scales(3, 2)), bytes_of(3, 2),
     domain=MICROSOFT, K=32, N=3, bits=8, block_size=16)


def looked_up(data, at, scale, zeros=None):
    zeros = torch.full(scale.shape, 8.0) if zeros is None else halves(zeros)[:, : scale.shape[1]]
    values = halves(data).unflatten(-1, (scale.shape[1], -1))
    return ((values - zeros[..., None]) * scale[..., None]).flatten(1)[at]


case("GatherBlockQuantized", "by trained scales", looked_up, bytes_of(5, 16), ints([[0, 4, 3], [1, 1, 4]]), scales(5, 2),
     domain=MICROSOFT, bits=4, block_size=16)
case("GatherBlockQuantized", "eight bits",
     lambda data, at, scale: ((data.double().unflatten(-1, (2, 16)) - 128) * scale[..., None]).flatten(1)[at], bytes_of(3, 32),
     ints([[2, 0]]), scales(3, 2), domain=MICROSOFT, bits=8, block_size=16)
case("GatherBlockQuantized", "with zero points", looked_up, bytes_of(5, 16), ints([0, 4, 0]), scales(5, 2), bytes_of(5, 1),
     domain=MICROSOFT, bits=4, block_size=16)
