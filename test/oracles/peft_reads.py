"""What frugal wrote, loaded by others: adapter folders by PEFT, merged folders by transformers; the largest difference to PEFT's logits.

Run after test/oracles/write_peft_folders.mjs:  python test/oracles/peft_reads.py FOLDER
"""
import json, pathlib, sys
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification, AutoModelForTokenClassification

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
CLASSES = {"bert": AutoModelForSequenceClassification, "bert-tokens": AutoModelForTokenClassification}


def base_model(base):
    config = AutoConfig.from_pretrained(FIXTURES / "models" / base)
    config._attn_implementation = "eager"
    model = CLASSES.get(base, AutoModelForCausalLM).from_config(config).float()
    model.load_state_dict(load_file(FIXTURES / "models" / base / "model.safetensors"), strict=False)
    model.tie_weights()
    return model


written = pathlib.Path(sys.argv[1])
worst = {"adapter": 0.0, "merged": 0.0}
for folder in sorted((written / "peft").iterdir()):
    golden = load_file(FIXTURES / "adapters" / folder.name / "golden.safetensors")
    base = json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"]
    known = load_file(FIXTURES / "models" / base / "golden.safetensors")
    batch = {k: known[k] for k in ("input_ids", "attention_mask", "token_type_ids") if k in known}
    models = {
        "adapter": PeftModel.from_pretrained(base_model(base), str(folder)),
        "merged": CLASSES.get(base, AutoModelForCausalLM).from_pretrained(written / "merged" / folder.name, attn_implementation="eager").float(),
    }
    for kind, model in models.items():
        with torch.no_grad():
            away = (model.eval()(**batch).logits - golden["logits"]).abs().max().item()
        worst[kind] = max(worst[kind], away)
    print(folder.name)
print("largest:", worst)
assert max(worst.values()) < 1e-4
