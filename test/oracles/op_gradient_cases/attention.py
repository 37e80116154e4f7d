"""Attention in its forms, by torch's own one where that can, and the turning of queries and keys by their places."""
import torch
import torch.nn.functional as F

from .case import bools, collect, fixed, floats, ints

CASES, case = collect()
MICROSOFT = "com.microsoft"


def angles(*shape):
    """Caches hold cosines and sines of angles; any numbers do for a product that is linear in them. Models do not train them."""
    return fixed(floats(*shape, low=-1, high=1))


def turn(x, cos, sin, interleaved=False, part=None):
    """x [batch, heads, steps, size], cos and sin [batch, steps, half of the part that is turned]."""
    part = x.shape[-1] if part is None else part
    rest, x = x[..., part:], x[..., :part]
    cos, sin = cos.unsqueeze(1), sin.unsqueeze(1)
    a, b = (x[..., 0::2], x[..., 1::2]) if interleaved else x.chunk(2, -1)
    real, imaginary = a * cos - b * sin, a * sin + b * cos
    turned = torch.stack((real, imaginary), -1).flatten(-2) if interleaved else torch.cat((real, imaginary), -1)
    return torch.cat((turned, rest), -1)


def split(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def merge(x):
    return x.transpose(1, 2).flatten(2)


PLACES = ints([[0, 1, 2, 3, 4], [4, 0, 2, 1, 5]])
case("RotaryEmbedding", "heads, by places", lambda x, cos, sin, at: turn(x, cos[at], sin[at]), floats(2, 3, 5, 6), angles(6, 3),
     angles(6, 3), PLACES)
case("RotaryEmbedding", "interleaved", lambda x, cos, sin: turn(x, cos, sin, True), floats(2, 3, 5, 6), angles(2, 5, 3), angles(2, 5, 3),
     interleaved=1)
case("RotaryEmbedding", "a part of each head, heads side by side",
     lambda x, cos, sin, at: merge(turn(split(x, 3), cos[at], sin[at], part=4)), floats(1, 5, 18), angles(6, 2), angles(6, 2),
     ints([[3, 2, 1, 0, 5]]), num_heads=3, rotary_embedding_dim=4)
case("RotaryEmbedding", "heads side by side, by places", lambda x, at, cos, sin: merge(turn(split(x, 2), cos[at], sin[at])),
     floats(2, 5, 16), PLACES, angles(6, 4), angles(6, 4), domain=MICROSOFT)
case("RotaryEmbedding", "a part of each head",
     lambda x, at, cos, sin: merge(turn(split(x, 2), cos[at], sin[at], part=4)), floats(2, 5, 12), PLACES, angles(6, 2), angles(6, 2),
     domain=MICROSOFT, num_heads=2, rotary_embedding_dim=4)
case("RotaryEmbedding", "from a place on, interleaved",
     lambda x, at, cos, sin: turn(x, cos[None, at.item():at.item() + 3], sin[None, at.item():at.item() + 3], True), floats(2, 3, 3, 8),
     ints([1]), angles(5, 4), angles(5, 4), domain=MICROSOFT, interleaved=1)


def attend(q, k, v, mask=None, causal=False, scale=None):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=causal, scale=scale, enable_gqa=q.shape[1] != k.shape[1])


def capped(q, k, v, cap, scale, bias):
    """Of each score cap · tanh(score / cap), then the bias."""
    shared = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(shared, 1), v.repeat_interleave(shared, 1)
    scores = scale * q @ k.transpose(-1, -2)
    return torch.softmax(cap * torch.tanh(scores / cap) + bias, -1) @ v


case("Attention", "heads that share keys", attend, floats(2, 4, 3, 5), floats(2, 2, 7, 5), floats(2, 2, 7, 3))
case("Attention", "heads side by side, causal", lambda q, k, v: merge(attend(split(q, 3), split(k, 3), split(v, 3), causal=True)),
     floats(2, 5, 12), floats(2, 5, 12), floats(2, 5, 12), q_num_heads=3, kv_num_heads=3, is_causal=1)
case("Attention", "causal, more places than steps", lambda q, k, v: (attend(q, k, v, causal=True), k * 1, v * 1), floats(1, 2, 3, 5),
     floats(1, 2, 4, 5), floats(1, 2, 4, 3), is_causal=1)
case("Attention", "a mask of booleans", attend, floats(1, 2, 3, 5), floats(1, 2, 4, 5), floats(1, 2, 4, 5),
     bools([[True, False, True, True], [True, True, False, False], [False, True, True, True]]))
case("Attention", "trained scores, capped", lambda q, k, v, bias: capped(q, k, v, 1.5, 0.7, bias), floats(2, 2, 3, 5),
     floats(2, 1, 4, 5), floats(2, 1, 4, 5), floats(1, 2, 3, 4), softcap=1.5, scale=0.7)

# What a mask hides has this added to its score.
HIDDEN = -10_000.0


def by_places(mask):
    return (1 - mask.double())[:, None, None] * HIDDEN


case("MultiHeadAttention", "apart", lambda q, k, v: merge(attend(split(q, 2), split(k, 2), split(v, 2))), floats(2, 3, 10),
     floats(2, 5, 10), floats(2, 5, 6), domain=MICROSOFT, num_heads=2)


def biased(q, k, v, bias, mask, scores):
    to_q, to_k, to_v = bias.split([q.shape[-1], k.shape[-1], v.shape[-1]])
    return merge(attend(split(q + to_q, 2), split(k + to_k, 2), split(v + to_v, 2), by_places(mask) + scores, scale=0.3))


case("MultiHeadAttention", "a bias, a mask by places, trained scores", biased, floats(2, 3, 10), floats(2, 4, 10), floats(2, 4, 6),
     floats(26), ints([[1, 1, 0, 1], [1, 1, 1, 0]], "int32"), floats(1, 2, 3, 4), domain=MICROSOFT, num_heads=2, scale=0.3)


def until(lengths, steps):
    return (torch.arange(steps) < lengths[:, None]).int()


case("MultiHeadAttention", "lengths, no sight of what follows",
     lambda q, k, v, _, lengths: merge(attend(split(q, 3), split(k, 3), split(v, 3),
                                             by_places(until(lengths, 5)) + torch.full((5, 5), -torch.inf).triu(1))),
     floats(2, 5, 12), floats(2, 5, 12), floats(2, 5, 12), None, ints([2, 5], "int32"), domain=MICROSOFT, num_heads=3, unidirectional=1)

case("MultiHeadAttention", "keys and values in heads already, which go on",
     lambda q, k, v: (merge(attend(split(q, 2), k, v)), k * 1, v * 1), floats(1, 3, 10), floats(1, 2, 4, 5), floats(1, 2, 4, 5),
     domain=MICROSOFT, num_heads=2)
case("MultiHeadAttention", "keys with values",
     lambda q, kv: merge(attend(split(q, 2), *(part.transpose(1, 2) for part in kv.unbind(3)))), floats(1, 3, 8), floats(1, 5, 2, 2, 4),
     domain=MICROSOFT, num_heads=2)
case("MultiHeadAttention", "queries with keys and values",
     lambda qkv: merge(attend(*(part.transpose(1, 2) for part in qkv.unbind(3)))), floats(2, 3, 2, 3, 5), domain=MICROSOFT, num_heads=2)


def single(x, weights, bias, widths, heads, mask):
    q, k, v = (split(part, heads) for part in (x @ weights + bias).split(widths, -1))
    return merge(attend(q, k, v, mask))


def single_on(x, weights, bias, mask):
    """Keys over values besides, [2, batch, heads, places, size]."""
    q, k, v = (split(part, 2) for part in (x @ weights + bias).chunk(3, -1))
    return merge(attend(q, k, v, mask)), torch.stack((k, v))


CAUSAL = torch.full((3, 3), -torch.inf).triu(1)
case("Attention", "one product for all", lambda x, w, b: single(x, w, b, [10, 10, 10], 2, None), floats(2, 3, 7), floats(7, 30),
     floats(30), domain=MICROSOFT, num_heads=2)
case("Attention", "a mask by places, unequal sizes, causal",
     lambda x, w, b, mask: single(x, w, b, [8, 8, 12], 2, by_places(mask) + CAUSAL), floats(2, 3, 5), floats(5, 28), floats(28),
     ints([[1, 1, 0], [1, 1, 1]], "int32"), domain=MICROSOFT, num_heads=2, qkv_hidden_sizes=[8, 8, 12], unidirectional=1)
case("Attention", "lengths, trained scores, keys and values go on",
     lambda x, w, b, lengths, _, scores: single_on(x, w, b, by_places(until(lengths, 3)) + scores), floats(2, 3, 5), floats(5, 12),
     floats(12), ints([2, 3], "int32"), None, floats(2, 2, 3, 3), domain=MICROSOFT, num_heads=2)
case("Attention", "a mask by steps and places",
     lambda x, w, b, mask: single(x, w, b, [6, 6, 6], 3, (1 - mask.double())[:, None] * HIDDEN), floats(1, 3, 5), floats(5, 18),
     floats(18), ints([[[1, 0, 0], [1, 1, 0], [0, 1, 1]]], "int32"), domain=MICROSOFT, num_heads=3)

# ONNX Runtime takes heads of a multiple of 8 numbers only, and of those that it turns a multiple of 16.
LENGTHS, TOTAL = ints([2, 2], "int32"), fixed(ints(3, "int32"))


def grouped(q, k, v, *_):
    q, k, v = split(q, 4), split(k, 2), split(v, 2)
    return merge(attend(q, k, v, causal=True)), k * 1, v * 1


def packed(x, _, __, ___, ____, lengths, total, cos, sin):
    q, k, v = (split(part, heads) for part, heads in zip(x.split([64, 32, 32], -1), (4, 2, 2)))
    cos, sin = cos[None, :3], sin[None, :3]
    q, k = turn(q, cos, sin), turn(k, cos, sin)
    return merge(capped(q, k, v, 2.0, 0.4, CAUSAL)), k, v


case("GroupQueryAttention", "four heads on two, keys and values go on", grouped, floats(2, 3, 32), floats(2, 3, 16), floats(2, 3, 16),
     None, None, LENGTHS, TOTAL, domain=MICROSOFT, num_heads=4, kv_num_heads=2)
case("GroupQueryAttention", "packed, turned, capped", packed, floats(1, 3, 128), None, None, None, None, ints([2], "int32"), TOTAL,
     angles(5, 8), angles(5, 8), domain=MICROSOFT, num_heads=4, kv_num_heads=2, do_rotary=1, softcap=2.0, scale=0.4)


def turned_in_part(q, k, v, _, __, ___, ____, cos, sin, at, bias):
    """Without a past the first place says where all rows begin."""
    at = at.flatten()[0] + torch.arange(3).expand(2, 3)
    q, k, v = split(q, 2), split(k, 1), split(v, 1)
    q, k = (turn(x, cos[at], sin[at], True, 16) for x in (q, k))
    return merge(attend(q, k, v, bias + CAUSAL)), k, v * 1


case("GroupQueryAttention", "a part of each head turned, from a place on, trained scores", turned_in_part, floats(2, 3, 64),
     floats(2, 3, 32), floats(2, 3, 32), None, None, LENGTHS, TOTAL, angles(6, 8), angles(6, 8), ints([[2, 3, 4], [0, 1, 2]]),
     floats(2, 2, 3, 3),
     domain=MICROSOFT, num_heads=2, kv_num_heads=1, do_rotary=1, rotary_interleaved=1)
