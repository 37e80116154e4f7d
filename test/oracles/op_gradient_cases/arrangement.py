"""The same elements in another arrangement: shapes, parts, neighbours, room around them."""
import torch
import torch.nn.functional as F

from .case import collect, fixed, floats, known, numbers

CASES, case = collect()

case("Reshape", "a copied and an open side", lambda x, _: x.reshape(3, 2, 5), floats(3, 10), known(0, 2, -1))
case("Reshape", "to a vector", lambda x, _: x.reshape(-1), floats(2, 3, 5), known(-1))
case("Transpose", "turned around", lambda x: x.permute(2, 1, 0), floats(2, 3, 5))
case("Transpose", "a turn that is not its own inverse", lambda x: x.permute(2, 0, 3, 1), floats(2, 3, 1, 5), perm=[2, 0, 3, 1])
case("Expand", "a row", lambda x, _: x.expand(3, 5), floats(5), known(3, 5))
case("Expand", "in several axes", lambda x, _: x.expand(4, 2, 3, 5), floats(2, 1, 5), known(4, 1, 3, 1))
case("Expand", "to fewer sides than it has", lambda x, _: x.expand(3, 2, 5), floats(3, 1, 5), known(2, 1))
case("Flatten", "behind the first side", lambda x: x.flatten(1), floats(3, 2, 5))
case("Flatten", "before the last side", lambda x: x.flatten(0, 1), floats(3, 2, 5), axis=-1)
case("Squeeze", "two sides from the back", lambda x, _: x.reshape(3, 5), floats(3, 1, 5, 1), known(-1, -3))
case("Squeeze", "whatever is one", lambda x: x.squeeze(), floats(1, 3, 1, 5))
case("Unsqueeze", "between and behind", lambda x, _: x.reshape(3, 1, 5, 1), floats(3, 5), known(-1, 1))
case("Unsqueeze", "a scalar", lambda x, _: x.reshape(1), floats(), known(0))

case("Concat", "rows", lambda *parts: torch.cat(parts, 0), floats(2, 3), floats(1, 3), floats(5, 3), axis=0)
case("Concat", "an inner axis, one part frozen", lambda *parts: torch.cat(parts, 1), floats(2, 3, 5), fixed(floats(2, 1, 5)),
     floats(2, 2, 5), axis=-2)
case("Concat", "one part empty", lambda *parts: torch.cat(parts, 1), floats(2, 3), floats(2, 0), floats(2, 1), axis=1)
case("Split", "by sizes", lambda x, _: x.split([1, 4, 2], 1), floats(3, 7), known(1, 4, 2), axis=1)
case("Split", "a smaller last part", lambda x: x.split(3, -1), floats(2, 7), axis=-1, num_outputs=3)
case("Split", "a part that nothing comes back from", lambda x, _: x.split([2, 1, 2], 0), floats(5, 3), known(2, 1, 2), unused=(1,))
case("Tile", "both sides", lambda x, _: x.repeat(2, 3), floats(3, 5), known(2, 3))
case("Tile", "an inner side", lambda x, _: x.repeat(1, 4, 1), floats(2, 3, 1), known(1, 4, 1))

case("Slice", "a part of all axes", lambda x, *_: x[1:3, 0:4], floats(5, 7), known(1, 0), known(3, 4))
case("Slice", "every second of the last axis, from the back", lambda x, *_: x[..., -6:7:2], floats(2, 3, 7), known(-6), known(7),
     known(-1), known(2))
case("Slice", "every third backwards", lambda x, *_: x[:, [6, 3, 0]], floats(2, 7), known(-1), known(-(2**31)), known(1), known(-3))
case("Slice", "one axis backwards, one forwards", lambda x, *_: x[1:4].flip(1), floats(5, 3), known(1, 2), known(4, -9), known(0, 1),
     known(1, -1))
case("Slice", "bounds beyond the ends", lambda x, *_: x[2:], floats(5), known(2), known(100))

case("Slice", "nothing", lambda x, *_: x[2:2], floats(3, 2), known(2), known(2), known(0))

case("Pad", "zeros, and a side cut", lambda x, _: F.pad(x, (2, 1, -1, 2)), floats(5, 3), known(-1, 2, 2, 1))
case("Pad", "a trained number around one axis",
     lambda x, _, value, __: torch.cat([value.expand(1, 5), x, value.expand(2, 5)], 0), floats(3, 5), known(1, 2), numbers(0.7),
     known(-2))
for mode, name in [("reflect", "reflect"), ("edge", "replicate"), ("wrap", "circular")]:
    case("Pad", mode, lambda x, _, name=name: F.pad(x[None, None], (2, 3, 1, 2), mode=name)[0, 0], floats(3, 5), known(1, 2, 2, 3),
         mode=mode)


def depth_to_space(x):
    """DCR: channels are (block row, block column, channel)."""
    batch, channels, rows, columns = x.shape
    apart = x.reshape(batch, 2, 2, channels // 4, rows, columns)
    return apart.permute(0, 3, 4, 1, 5, 2).reshape(batch, channels // 4, 2 * rows, 2 * columns)


def space_to_depth(x):
    batch, channels, rows, columns = x.shape
    apart = x.reshape(batch, channels, rows // 2, 2, columns // 2, 2)
    return apart.permute(0, 3, 5, 1, 2, 4).reshape(batch, 4 * channels, rows // 2, columns // 2)


case("DepthToSpace", "depth first", depth_to_space, floats(2, 12, 2, 3), blocksize=2)
case("DepthToSpace", "columns first", lambda x: F.pixel_shuffle(x, 2), floats(2, 12, 2, 3), blocksize=2, mode="CRD")
case("DepthToSpace", "columns first, blocks of three", lambda x: F.pixel_shuffle(x, 3), floats(1, 9, 2, 1), blocksize=3, mode="CRD")
case("SpaceToDepth", "blocks of two", space_to_depth, floats(2, 3, 4, 6), blocksize=2)
