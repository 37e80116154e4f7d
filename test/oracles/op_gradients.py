"""Outputs and gradients of every operator that can be trained through, by torch.autograd in float64: op-gradients.json beside this file.

Each case of op_gradient_cases/ says in torch what the specification of the operator says (onnx/onnx, docs/Operators.md;
microsoft/onnxruntime, docs/ContribOperators.md), with inputs away from kinks and edges of its domain. Needs torch only.
"""
import json
import pathlib

import torch

from op_gradient_cases import arrangement, attention, elementwise, lookup, normalization, products, quantized, reduction, windows
from op_gradient_cases.golden import golden

FAMILIES = (elementwise, arrangement, lookup, reduction, products, windows, normalization, attention, quantized)
cases = [golden(case) for family in FAMILIES for case in family.CASES]
lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
text = f'{{"made_with":"torch {torch.__version__}","cases":[\n{lines}\n]}}\n'
(pathlib.Path(__file__).parent / "op-gradients.json").write_text(text)
print(f"{len(cases)} cases of {len({(case['domain'], case['op']) for case in cases})} operators, {len(text)} bytes")
