"""A case as it is stored: inputs of few digits, and what torch.autograd makes of them in float64, rounded to float32."""
import struct
import zlib

import torch


def rounded(tensor):
    """Few digits in the file, and exactly the float32 that these digits are."""
    values = [round(value, 2) for value in tensor.flatten().tolist()]
    return values, torch.tensor(values, dtype=torch.float32).double().reshape(tensor.shape)


def shortest(value):
    """The fewest digits that say the float32, zeros without a sign."""
    wanted = struct.pack("f", value)
    texts = (f"{value:.{digits}g}" for digits in range(4, 10))
    return float(next(text for text in texts if struct.pack("f", float(text)) == wanted)) + 0.0


def floats_of(tensor):
    return [shortest(value) for value in tensor.detach().float().flatten().tolist()]


def integers_of(tensor):
    return tensor.to(torch.int64).flatten().tolist()


def drawn(given, generator):
    """What is stored of an input, and its tensor; None for one that is left out."""
    if given is None:
        return None, None
    tensor = given.draw(generator)
    values, tensor = rounded(tensor) if given.dtype == "float32" else (integers_of(tensor), tensor)
    told = {"shape": list(tensor.shape), "values": values}
    told |= {"dtype": given.dtype} if given.dtype != "float32" else {}
    told |= {"constant": True} if given.constant else {}
    return told, tensor.requires_grad_() if given.dtype == "float32" and not given.constant else tensor


def told_output(result, unused, generator):
    """What is stored of an output, with a gradient that comes from behind it unless it is unused."""
    if result is None:
        return None
    shape = list(result.shape)
    if not result.dtype.is_floating_point:
        return {"shape": shape, "values": integers_of(result), "dtype": str(result.dtype).removeprefix("torch.")}
    told = {"shape": shape, "values": floats_of(result)}
    if not unused:
        told["upstream"], _ = rounded(-1.5 + 3 * torch.rand(shape, generator=generator, dtype=torch.float64))
    return told


def golden(case):
    # A seed of its own: cases that come or go change no others.
    generator = torch.Generator().manual_seed(zlib.crc32(f"{case.domain}:{case.op}: {case.name}".encode()))
    inputs, tensors = zip(*(drawn(given, generator) for given in case.inputs))
    results = case.of(*tensors)
    results = results if isinstance(results, (tuple, list)) else (results,)
    outputs = [told_output(result, at in case.unused, generator) for at, result in enumerate(results)]
    seeded = [at for at, told in enumerate(outputs) if told and "upstream" in told]
    upstream = [torch.tensor(outputs[at]["upstream"], dtype=torch.float32).double().reshape(results[at].shape) for at in seeded]
    trained = [at for at, tensor in enumerate(tensors) if tensor is not None and tensor.requires_grad]
    gradients = [None] * len(inputs)
    made = torch.autograd.grad([results[at] for at in seeded], [tensors[at] for at in trained], upstream)
    for at, gradient in zip(trained, made, strict=True):
        assert gradient.isfinite().all(), case
        gradients[at] = floats_of(gradient)
    return {"domain": case.domain, "op": case.op, "name": case.name, "attributes": case.attributes,
            "inputs": inputs, "outputs": outputs, "gradients": gradients}
