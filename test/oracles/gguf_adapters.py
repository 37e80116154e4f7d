"""GGUF adapters that frugal wrote, read by gguf-py, against PEFT's tensors by the rules of llama.cpp's convert_lora_to_gguf.py.

Run after test/oracles/write_peft_folders.mjs:  python test/oracles/gguf_adapters.py FOLDER
"""
import json, pathlib, sys
import gguf, numpy
from safetensors.numpy import load_file

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 2)


def permuted(weight, heads):
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


worst = 0.0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.gguf")):
    folder = FIXTURES / "adapters" / path.stem
    if not (folder / "adapter_model.safetensors").exists():
        continue
    config = json.loads((folder / "adapter_config.json").read_text())
    base = json.loads((FIXTURES / "models" / config["base_model_name_or_path"] / "config.json").read_text())
    reader = gguf.GGUFReader(path)
    field = lambda key: reader.fields[key].contents()
    assert field("general.type") == "adapter" and field("adapter.type") == "lora"
    assert field("general.architecture") == base["model_type"]
    found = {tensor.name: tensor.data for tensor in reader.tensors}
    theirs = load_file(folder / "adapter_model.safetensors")
    assert len(found) == len(theirs)
    for name, a in theirs.items():
        if ".lora_A." not in name:
            continue
        b = theirs[name.replace(".lora_A.", ".lora_B.")]
        module = name.removeprefix("base_model.model.").removesuffix(".lora_A.weight")
        stem = names.get_name(module)
        rank = a.shape[0]
        pattern = lambda kind, other: next((v for k, v in config[kind].items() if __import__("re").match(rf"(.*\.)?({k})$", module)), other)
        scale = pattern("alpha_pattern", config["lora_alpha"]) / (rank ** 0.5 if config["use_rslora"] else rank)
        wanted = scale * b @ a
        if base["model_type"] == "llama" and module.endswith(("q_proj", "k_proj")):
            wanted = permuted(wanted, base["num_attention_heads"] if module.endswith("q_proj") else base["num_key_value_heads"])
        ours = field("adapter.lora.alpha") / found[f"{stem}.weight.lora_b"].shape[1] * found[f"{stem}.weight.lora_b"] @ found[f"{stem}.weight.lora_a"]
        worst = max(worst, float(numpy.abs(ours - wanted).max()))
    print(path.name)
print("largest:", worst)
assert worst < 1e-5
