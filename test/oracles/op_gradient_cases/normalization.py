"""Numbers brought to a common mean and size."""
import torch
import torch.nn.functional as F

from .case import collect, fixed, floats, ints

CASES, case = collect()
MICROSOFT = "com.microsoft"


def scale(*shape):
    return floats(*shape, low=0.5)


def batch_norm(epsilon):
    def of(x, gamma, beta, mean, variance):
        channels = (1, -1) + (1,) * (x.dim() - 2)
        unit = (x - mean.reshape(channels)) / torch.sqrt(variance.reshape(channels) + epsilon)
        return unit * gamma.reshape(channels) + beta.reshape(channels)
    return of


case("BatchNormalization", "images", batch_norm(0.01), floats(2, 3, 5, 3), floats(3), floats(3), floats(3), scale(3), epsilon=0.01)
case("BatchNormalization", "rows", batch_norm(1e-5), floats(5, 3), floats(3), floats(3), floats(3), scale(3))
case("BatchNormalization", "frozen statistics", lambda x, gamma, beta, mean, variance: F.batch_norm(x, mean, variance, gamma, beta),
     floats(2, 3, 7), floats(3), floats(3), fixed(floats(3)), fixed(scale(3)))
case("InstanceNormalization", "images", lambda x, gamma, beta: F.instance_norm(x, weight=gamma, bias=beta), floats(2, 3, 5, 3),
     floats(3), floats(3))
case("InstanceNormalization", "sound", lambda x, gamma, beta: F.instance_norm(x, weight=gamma, bias=beta, eps=0.1), floats(2, 1, 7),
     floats(1), floats(1), epsilon=0.1)
case("GroupNormalization", "three groups", lambda x, gamma, beta: F.group_norm(x, 3, gamma, beta), floats(2, 6, 3, 5), floats(6),
     floats(6), num_groups=3)
case("GroupNormalization", "two groups of sound", lambda x, gamma, beta: F.group_norm(x, 2, gamma, beta, 0.1), floats(2, 4, 7),
     floats(4), floats(4), num_groups=2, epsilon=0.1)

case("LayerNormalization", "rows", lambda x, gamma: F.layer_norm(x, (7,), gamma), floats(2, 3, 7), scale(7))
case("LayerNormalization", "with a bias", lambda x, gamma, beta: F.layer_norm(x, (7,), gamma, beta, 0.01), floats(3, 7), scale(7),
     floats(7), epsilon=0.01)
case("LayerNormalization", "two axes", lambda x, gamma, beta: F.layer_norm(x, (3, 5), gamma, beta), floats(2, 3, 5), scale(3, 5),
     floats(3, 5), axis=1)
case("LayerNormalization", "scale and bias stretched", lambda x, gamma, beta: F.layer_norm(x, (3, 5)) * gamma + beta, floats(2, 3, 5),
     scale(5), floats(3, 1), axis=-2)
for op in ("RMSNormalization", "SimplifiedLayerNormalization"):
    case(op, "rows", lambda x, gamma: F.rms_norm(x, (7,), gamma, 1e-5), floats(2, 3, 7), scale(7))
    case(op, "two axes", lambda x, gamma: F.rms_norm(x, (3, 5), gamma, 0.1), floats(2, 3, 5), scale(3, 5), axis=1, epsilon=0.1)

case("LpNormalization", "length one", lambda x: F.normalize(x, p=2, dim=-1, eps=0), floats(3, 5))
case("LpNormalization", "sum one along an inner axis", lambda x: F.normalize(x, p=1, dim=1, eps=0), floats(2, 5, 3, avoid=[0]), axis=1, p=1)


def skip_layer(epsilon=1e-12):
    def of(x, skip, gamma, beta=None, bias=None):
        total = x + skip if bias is None else x + skip + bias
        return F.layer_norm(total, (x.shape[-1],), gamma, beta, epsilon), None, None, total
    return of


def skip_rms(epsilon=1e-12):
    def of(x, skip, gamma, bias=None):
        total = x + skip if bias is None else x + skip + bias
        return F.rms_norm(total, (x.shape[-1],), gamma, epsilon), None, None, total
    return of


case("SkipLayerNormalization", "gamma only", lambda *given: skip_layer()(*given)[0], floats(2, 3, 8), floats(2, 3, 8), scale(8),
     domain=MICROSOFT)
case("SkipLayerNormalization", "one skip for all", lambda *given: skip_layer()(*given)[0], floats(2, 3, 8), floats(1, 3, 8), scale(8),
     floats(8), domain=MICROSOFT)
case("SkipLayerNormalization", "all inputs, and the sum goes on", skip_layer(0.01), floats(2, 3, 8), floats(2, 3, 8), scale(8),
     floats(8), floats(8), domain=MICROSOFT, epsilon=0.01)
case("SkipSimplifiedLayerNormalization", "gamma only", lambda *given: skip_rms()(*given)[0], floats(2, 3, 8), floats(2, 3, 8),
     scale(8), domain=MICROSOFT)
case("SkipSimplifiedLayerNormalization", "with a bias, and the sum goes on", skip_rms(0.01), floats(2, 3, 8), floats(2, 3, 8),
     scale(8), floats(8), domain=MICROSOFT, epsilon=0.01)


def embed(ids, segments, words, positions, kinds, gamma, beta, mask=None):
    total = words[ids] + positions[: ids.shape[1]]
    total = total if segments is None else total + kinds[segments]
    lengths = torch.zeros(len(ids), dtype=torch.int32) if mask is None else mask.sum(1).int()
    return F.layer_norm(total, (words.shape[1],), gamma, beta, 1e-12), lengths


def embed_at(ids, segments, words, positions, kinds, gamma, beta, _, places):
    total = words[ids] + positions[places] + kinds[segments]
    return F.layer_norm(total, (words.shape[1],), gamma, beta, 0.01), torch.zeros(len(ids), dtype=torch.int32), total


IDS = ints([[0, 4, 2], [1, 1, 3]], "int32")
case("EmbedLayerNormalization", "words, places, segments, a mask", embed, IDS, ints([[0, 0, 1], [1, 0, 1]], "int32"), floats(5, 8),
     floats(4, 8), floats(2, 8), scale(8), floats(8), ints([[1, 1, 0], [1, 1, 1]], "int32"), domain=MICROSOFT)
case("EmbedLayerNormalization", "places told, and the sum goes on", embed_at, IDS, ints([[0, 0, 1], [1, 0, 1]], "int32"), floats(5, 8),
     floats(4, 8), floats(2, 8), scale(8), floats(8), None, ints([[3, 0, 0], [1, 2, 3]], "int32"), domain=MICROSOFT, epsilon=0.01)
case("EmbedLayerNormalization", "without segments", embed, IDS, None, floats(5, 8), floats(4, 8), None, scale(8), floats(8),
     domain=MICROSOFT)
