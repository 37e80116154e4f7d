"""The packaged MiniLM, an ONNX file of 4-bit products, as a float32 folder for transformers: python minilm.py ONNX_FOLDER OUT."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

source, out = Path(sys.argv[1]), Path(sys.argv[2])
out.mkdir(parents=True, exist_ok=True)
graph = onnx.load(source / "onnx" / "model_q4.onnx").graph
there = {one.name: numpy_helper.to_array(one) for one in graph.initializer}


def dequantized(node):
    sides = {one.name: one.i for one in node.attribute}
    packed, scales = there[node.input[1]], there[node.input[2]]
    pairs = packed.reshape(sides["N"], -1)
    values = np.stack([pairs & 15, pairs >> 4], axis=-1).reshape(sides["N"], sides["K"]).astype(np.float32) - 8
    return values * np.repeat(scales.reshape(sides["N"], -1), sides["block_size"], axis=1)


PARTS = {
    "attn/q_proj": "attention.self.query",
    "attn/k_proj": "attention.self.key",
    "attn/v_proj": "attention.self.value",
    "attn/o_proj": "attention.output.dense",
    "mlp/fc1": "intermediate.dense",
    "mlp/fc2": "output.dense",
}
tensors = {
    f"embeddings.{kind}_embeddings.weight": there[f".model.embeddings.{kind}_embeddings.weight"]
    for kind in ("word", "position", "token_type")
}
for node in graph.node:
    if node.op_type != "MatMulNBits":
        continue
    layer, part = node.name.removeprefix("/model/layers.").removesuffix("/MatMul_Q4").split("/", 1)
    name = f"encoder.layer.{layer}.{PARTS[part]}"
    tensors[f"{name}.weight"] = dequantized(node)
    tensors[f"{name}.bias"] = there[f"model.layers.{layer}.{part.replace('/', '.')}.Add.bias"]
NORMS = {"attention_output_norm": "attention.output", "mlp_output_norm": "output"}
for end in ("weight", "bias"):
    tensors[f"embeddings.LayerNorm.{end}"] = there[f"model.layers.-1.embeddings_norm_layernorm.{end}"]
    for layer in range(6):
        for own, theirs in NORMS.items():
            tensors[f"encoder.layer.{layer}.{theirs}.LayerNorm.{end}"] = there[f"model.layers.{layer}.{own}_layernorm.{end}"]
save_file({name: np.ascontiguousarray(value) for name, value in tensors.items()}, out / "model.safetensors")
config = json.loads((source / "config.json").read_text())
(out / "config.json").write_text(json.dumps({**config, "model_type": "bert", "architectures": ["BertModel"]}))
for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
    shutil.copy(source / name, out / name)
