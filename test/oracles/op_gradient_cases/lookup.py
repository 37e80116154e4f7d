"""Elements found by their places, put at places, or chosen."""
import torch

from .case import apart, bools, collect, fixed, floats, ints, known

CASES, case = collect()


def gather(axis):
    return lambda x, at: torch.index_select(x, axis, at.flatten() % x.shape[axis]).reshape(
        x.shape[:axis] + at.shape + x.shape[axis + 1:])


case("Gather", "rows, some twice", gather(0), floats(5, 3), ints([[0, 2, 2], [-1, 4, 0]]))
case("Gather", "one column", gather(1), floats(2, 5, 3), ints(3), axis=1)
case("Gather", "along the last axis, indices of int32", gather(2), floats(2, 3, 5), ints([4, -5, 4, 1], "int32"), axis=-1)


def gather_elements(axis):
    return lambda x, at: torch.gather(x, axis, at % x.shape[axis])


case("GatherElements", "some twice", gather_elements(0), floats(5, 3), ints([[0, 2, -1], [4, 2, 1]]))
case("GatherElements", "fewer rows than there are", gather_elements(1), floats(3, 5), ints([[4, 0, 4, -2], [1, 1, 1, 1]]), axis=-1)

case("GatherND", "elements, one twice", lambda x, at: x[at[..., 0] % 3, at[..., 1] % 5], floats(3, 5),
     ints([[0, 1], [1, -1], [0, 1], [2, 3]]))
case("GatherND", "rows", lambda x, at: x[at[..., 0] % 5], floats(5, 2, 3), ints([[[1], [0]], [[-1], [1]]]))
case("GatherND", "in batches", lambda x, at: torch.stack([x[b][at[b, :, 0] % 3] for b in range(2)]), floats(2, 3, 5),
     ints([[[2], [0], [2]], [[1], [-2], [0]]]), batch_dims=1)

case("ScatterElements", "put", lambda x, at, put: x.scatter(0, at % 5, put), floats(5, 3), ints([[1, 0, 2], [0, 2, -1]]), floats(2, 3))
case("ScatterElements", "put along the last axis", lambda x, at, put: x.scatter(1, at % 7, put), floats(2, 7),
     ints([[1, -1, 3], [0, 3, 5]]), floats(2, 3), axis=-1)
case("ScatterElements", "added, some at one place", lambda x, at, put: x.scatter_add(1, at % 5, put), floats(3, 5),
     ints([[1, 1, 3], [0, -1, 4], [2, 2, 2]]), floats(3, 3), axis=1, reduction="add")
case("ScatterND", "elements added, two to one",
     lambda x, at, put: x.index_put((at[:, 0] % 3, at[:, 1] % 5), put, accumulate=True), floats(3, 5), ints([[0, 1], [2, -1], [0, 1]]),
     floats(3), reduction="add")
case("ScatterND", "elements put", lambda x, at, put: x.index_put((at[:, 0] % 3, at[:, 1] % 5), put), floats(3, 5),
     ints([[0, 1], [2, -1], [1, 3]]), floats(3))
case("ScatterND", "rows put", lambda x, at, put: x.index_put((at[:, 0] % 5,), put), floats(5, 3), ints([[3], [-5]]), floats(2, 3))
case("ScatterND", "rows added, two to one", lambda x, at, put: x.index_put((at[:, 0] % 5,), put, accumulate=True), floats(5, 3),
     ints([[1], [1], [4]]), floats(3, 3), reduction="add")

case("TopK", "the three largest of each row", lambda x, _: tuple(torch.topk(x, 3)), apart(3, 7), known(3))
case("TopK", "the two smallest along an inner axis", lambda x, _: tuple(torch.topk(x, 2, dim=1, largest=False)), apart(2, 5, 3),
     known(2), axis=1, largest=0)

case("Compress", "some columns", lambda x, chosen: x[:, chosen], floats(3, 5), fixed(bools([True, False, False, True, True])), axis=-1)
case("Compress", "elements of all", lambda x, chosen: x.flatten()[:7][chosen], floats(3, 5),
     fixed(bools([False, True, False, False, True, True, False])))
