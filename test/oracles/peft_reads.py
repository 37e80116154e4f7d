"""Adapter folders that frugal wrote, loaded by PEFT on the same bases: the largest difference to the logits that PEFT's own folders gave.

Run after test/oracles/write_peft_folders.mjs:  python test/oracles/peft_reads.py FOLDER/peft
"""
import json, pathlib, sys
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification, AutoModelForTokenClassification

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
CLASSES = {"bert": AutoModelForSequenceClassification, "bert-tokens": AutoModelForTokenClassification}
worst = 0.0
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    golden = load_file(FIXTURES / "adapters" / folder.name / "golden.safetensors")

    base = json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"]
    config = AutoConfig.from_pretrained(FIXTURES / "models" / base)
    config._attn_implementation = "eager"
    model = CLASSES.get(base, AutoModelForCausalLM).from_config(config).float()
    model.load_state_dict(load_file(FIXTURES / "models" / base / "model.safetensors"), strict=False)
    model.tie_weights()
    known = load_file(FIXTURES / "models" / base / "golden.safetensors")
    batch = {k: known[k] for k in ("input_ids", "attention_mask", "token_type_ids") if k in known}
    model = PeftModel.from_pretrained(model, str(folder)).eval()
    with torch.no_grad():
        away = (model(**batch).logits - golden["logits"]).abs().max().item()
    worst = max(worst, away)
    print(f"{folder.name}: {away:.1e}")
print("largest:", worst)
assert worst < 1e-4
