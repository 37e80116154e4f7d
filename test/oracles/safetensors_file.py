"""A small file as the safetensors package writes it; its bytes go to safetensors-file.json beside this file."""

import base64
import json
from pathlib import Path

import numpy
import safetensors
from safetensors.numpy import save

tensors = {
    "weight": numpy.array([[1.5, -2.0], [0.1, 3e-39], [65504.0, -0.0]], dtype=numpy.float32),
    "count": numpy.array([1, -1, 2**40], dtype=numpy.int64),
    "empty": numpy.zeros((0, 3), dtype=numpy.float32),
}
answers = {
    "made_with": f"safetensors {safetensors.__version__}",
    "base64": base64.b64encode(save(tensors, metadata={"made": "by an oracle"})).decode(),
    "shapes": {name: list(tensor.shape) for name, tensor in tensors.items()},
    "weight": tensors["weight"].astype(float).flatten().tolist(),
}
Path(__file__).with_name("safetensors-file.json").write_text(json.dumps(answers) + "\n")
