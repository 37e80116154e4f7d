"""A tiny Llama as llama.cpp stores it, and the logits that transformers reads out of the file (needs gguf, torch, transformers).

Run from the repository: python test/oracles/gguf_llama.py
"""

import json
import pathlib

import gguf
import numpy
import torch
import transformers

HERE = pathlib.Path(__file__).parent.parent / "fixtures" / "gguf"
HERE.mkdir(exist_ok=True)
HIDDEN, HEADS, KV_HEADS, MLP, LAYERS, WORDS = 64, 4, 2, 32, 2, 40
Type = gguf.GGMLQuantizationType
random = numpy.random.default_rng(5)


def paired(weight, heads):
    """llama.cpp rotates neighbours, transformers halves (convert_hf_to_gguf.py, LlamaModel.permute)."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def write(path, kind):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(64)
    writer.add_embedding_length(HIDDEN)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(MLP)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_rope_freq_base(5000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(WORDS)

    def add(name, shape, heads=None):
        weight = random.standard_normal(shape).astype(numpy.float32) * 0.3
        if len(shape) == 1:
            writer.add_tensor(name, weight + 1)
            return
        if heads is not None:
            weight = paired(weight, heads)
        writer.add_tensor(name, gguf.quants.quantize(weight, kind), raw_dtype=kind)

    add("token_embd.weight", (WORDS, HIDDEN))
    for layer in range(LAYERS):
        width = HIDDEN // HEADS * KV_HEADS
        for name, shape, heads in (
            ("attn_norm", (HIDDEN,), None),
            ("attn_q", (HIDDEN, HIDDEN), HEADS),
            ("attn_k", (width, HIDDEN), KV_HEADS),
            ("attn_v", (width, HIDDEN), None),
            ("attn_output", (HIDDEN, HIDDEN), None),
            ("ffn_norm", (HIDDEN,), None),
            ("ffn_gate", (MLP, HIDDEN), None),
            ("ffn_up", (MLP, HIDDEN), None),
            ("ffn_down", (HIDDEN, MLP), None),
        ):
            add(f"blk.{layer}.{name}.weight", shape, heads)
    add("output_norm.weight", (HIDDEN,))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


ids = [[3, 17, 0, 39, 8, 8, 21]]
logits = {}
for kind in (Type.F16, Type.Q8_0, Type.Q4_0):
    name = f"llama-{kind.name.lower()}.gguf"
    write(HERE / name, kind)
    model = transformers.AutoModelForCausalLM.from_pretrained(HERE, gguf_file=name, dtype=torch.float32)
    with torch.no_grad():
        logits[name] = [round(value, 6) for value in model(torch.tensor(ids)).logits[0, -1].tolist()]
answers = {"transformers": transformers.__version__, "gguf": "0.19.0", "input_ids": ids, "logits": logits}
(HERE / "answers.json").write_text(json.dumps(answers) + "\n")
