"""Small weight files as PyTorch, safetensors, huggingface_hub and gguf-py write them, and the values that each reads back.

Files go to weights/ beside this file; weights/answers.json has, for each, every tensor's dtype, shape and values.
"""

import io
import json
import zipfile
from collections import OrderedDict
from pathlib import Path

import gguf
import huggingface_hub
import numpy
import safetensors
import torch
from huggingface_hub import save_torch_state_dict
from safetensors.torch import save_file

HERE = Path(__file__).with_name("weights")
HERE.mkdir(exist_ok=True)
for old in HERE.iterdir():
    old.unlink()
torch.manual_seed(1)
answers = {
    "made_with": [
        f"torch {torch.__version__}",
        f"safetensors {safetensors.__version__}",
        f"huggingface_hub {huggingface_hub.__version__}",
        "gguf 0.19.0",
    ],
    "files": {},
}


def listed(tensor):
    """As float64 (exact for all dtypes here but large int64, whose values stay small), NaN and infinities as text."""
    return [v if numpy.isfinite(v) else str(v) for v in tensor.detach().to(torch.float64).flatten().tolist()]


def record(name, tensors):
    answers["files"][name] = {
        key: {"dtype": str(t.dtype).removeprefix("torch."), "shape": list(t.shape), "values": listed(t)}
        for key, t in tensors.items()
    }


# All dtypes that both torch and the format have.
every_dtype = {
    "f64": torch.tensor([1.5, -2.25e-300, float("inf")], dtype=torch.float64),
    "f32": torch.tensor([[0.1, -3e-39], [float("nan"), 3.4e38]], dtype=torch.float32),
    "f16": torch.tensor([65504.0, 6e-8, -0.5, float("-inf")], dtype=torch.float16),
    "bf16": torch.tensor([3.0, 1e-40, -1e38], dtype=torch.bfloat16),
    "e4m3": torch.tensor([0.0625, 448.0, -1.75]).to(torch.float8_e4m3fn),
    "e5m2": torch.tensor([0.0625, 57344.0, -1.75]).to(torch.float8_e5m2),
    "i64": torch.tensor([[[2**40, -1]]], dtype=torch.int64),
    "i32": torch.tensor([2**31 - 1, -(2**31)], dtype=torch.int32),
    "i16": torch.tensor([-32768, 7], dtype=torch.int16),
    "i8": torch.tensor([-128, 127, 3], dtype=torch.int8),
    "u8": torch.tensor([255, 0, 128], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros((0, 3)),
    "ключ 名": torch.tensor([1.0]),
}
save_file(every_dtype, HERE / "dtypes.safetensors", metadata={"format": "pt", "note": "ü"})
record("dtypes.safetensors", every_dtype)

layers = {f"layer.{n}.weight": torch.randn(4, 6) for n in range(5)} | {"head": torch.randn(30, 4).to(torch.bfloat16)}
save_torch_state_dict(layers, HERE, max_shard_size=250)
record("model.safetensors.index.json", layers)

# PyTorch: views of one storage, transposed, strided, tied, parameters, every dtype.
base = torch.arange(24, dtype=torch.float32)
tied = torch.nn.Parameter(torch.randn(3, 2))
odd = OrderedDict(
    whole=base.view(4, 6),
    transposed=base.view(4, 6).t(),
    every_second=base[1::2],
    inner=base.view(4, 6)[1:3, 2:5],
    permuted=torch.arange(24, dtype=torch.int16).view(2, 3, 4).permute(2, 0, 1),
    tied=tied,
    tied_again=tied,
    half=torch.tensor([[1.5, 2.5], [-3.0, 0.25]]).to(torch.bfloat16).t(),
    one_row=torch.randn(3, 5)[1:2].t(),
    **every_dtype,
)
odd._metadata = OrderedDict({"": {"version": 1}})
torch.save(odd, HERE / "odd.bin")
record("odd.bin", odd)
plain = {"weight": torch.randn(3, 4), "bias": torch.randn(3).to(torch.float16)}
for protocol in (3, 4, 5):
    torch.save(plain, HERE / f"protocol{protocol}.bin", pickle_protocol=protocol)
    record(f"protocol{protocol}.bin", plain)
torch.save(plain, HERE / "legacy.bin", _use_new_zipfile_serialization=False)
torch.save({"a": plain["weight"]}, HERE / "pytorch_model-00001-of-00002.bin")
torch.save({"b": plain["bias"]}, HERE / "pytorch_model-00002-of-00002.bin")
(HERE / "pytorch_model.bin.index.json").write_text(
    json.dumps(
        {
            "metadata": {"total_size": 54},
            "weight_map": {"a": "pytorch_model-00001-of-00002.bin", "b": "pytorch_model-00002-of-00002.bin"},
        }
    )
)
record("pytorch_model.bin.index.json", {"a": plain["weight"], "b": plain["bias"]})
torch.save({"state_dict": plain, "epoch": 3}, HERE / "nested.bin")
torch.save({"expanded": torch.ones(1).expand(1000, 1000)}, HERE / "expanded.bin")


class Runs:
    def __reduce__(self):
        return (print, ("this would have run",))


torch.save({"weight": plain["weight"], "extra": Runs()}, HERE / "runs-code.bin")

# The same archive as zip64: records with sizes and offsets in extra fields.
source = zipfile.ZipFile(HERE / "protocol3.bin")
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
    for item in source.infolist():
        with target.open(zipfile.ZipInfo(item.filename), "w", force_zip64=True) as entry:
            entry.write(source.read(item))
(HERE / "zip64.bin").write_bytes(buffer.getvalue())
record("zip64.bin", plain)
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
    for item in source.infolist():
        target.writestr(item.filename, source.read(item))
(HERE / "deflated.bin").write_bytes(buffer.getvalue())

# GGUF: one tensor per type. gguf-py writes no K-quants, so their blocks are random bytes with finite scales.
Type = gguf.GGMLQuantizationType
random = numpy.random.default_rng(1)
writer = gguf.GGUFWriter(HERE / "types.gguf", "llama")
writer.add_name("every type")
writer.add_uint8("t.u8", 200)
writer.add_int8("t.i8", -100)
writer.add_uint16("t.u16", 60000)
writer.add_int16("t.i16", -30000)
writer.add_uint32("t.u32", 4_000_000_000)
writer.add_int32("t.i32", -2_000_000_000)
writer.add_uint64("t.u64", 2**63)
writer.add_int64("t.i64", -(2**62))
writer.add_float32("t.f32", 0.5)
writer.add_float64("t.f64", 0.1)
writer.add_bool("t.bool", True)
writer.add_string("t.string", "naïve 名")
writer.add_array("t.strings", ["a", "", "名"])
writer.add_array("t.ints", [1, -2, 3])
writer.add_array("t.floats", [0.25, -1.5])
writer.add_array("t.bools", [True, False])
values = {}


def halves(count):
    return random.uniform(-2, 2, count).astype(numpy.float16).view(numpy.uint8).reshape(count, 2)


def add(name, data, kind, shape):
    raw = numpy.ascontiguousarray(data)
    writer.add_tensor(name, raw, raw_dtype=kind)
    values[name] = {
        "dtype": kind.name,
        "shape": list(shape),
        "values": gguf.quants.dequantize(raw, kind).astype(numpy.float64).flatten().tolist()
        if kind not in (Type.I32, Type.I8, Type.F64)
        else raw.astype(numpy.float64).flatten().tolist(),
    }


dense = random.standard_normal((3, 64)).astype(numpy.float32)
dense[0, :32] = 0
dense[1, 5] = 1e-30
for kind in (Type.F32, Type.F16, Type.BF16, Type.Q8_0, Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1):
    quantized = dense if kind == Type.F32 else gguf.quants.quantize(dense, kind)
    add(kind.name.lower(), quantized, kind, dense.shape)
for kind, half_offsets in ((Type.Q4_K, (0, 2)), (Type.Q5_K, (0, 2)), (Type.Q6_K, (208,))):
    block_size, type_size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (4, type_size), dtype=numpy.uint8)
    for offset in half_offsets:
        blocks[:, offset : offset + 2] = halves(4)
    add(kind.name.lower(), blocks.reshape(2, 2 * type_size), kind, (2, 2 * block_size))
add("i32", numpy.array([[1, -2, 3]], dtype=numpy.int32), Type.I32, (1, 3))
add("f64", numpy.array([0.1, 1e300]), Type.F64, (2,))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
answers["files"]["types.gguf"] = values

writer = gguf.GGUFWriter(HERE / "aligned.gguf", "llama")
writer.add_custom_alignment(256)
writer.add_tensor("a", numpy.array([1.0, 2.0], dtype=numpy.float32))
writer.add_tensor("b", numpy.array([3.0], dtype=numpy.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
record("aligned.gguf", {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([3.0])})

(HERE / "answers.json").write_text(json.dumps(answers, ensure_ascii=False) + "\n")
