"""Models whose weights frugal trained, loaded by transformers: the largest difference of their logits to those that frugal computes.

Run after test/oracles/write_full_models.mjs:  python test/oracles/full_models.py FOLDER
"""
import json, pathlib, sys
import torch
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification

worst = 0.0
for folder in sorted((pathlib.Path(sys.argv[1]) / "full").iterdir()):
    asked = json.loads((folder / "asked.json").read_text())
    kind = AutoModelForTokenClassification if folder.name.endswith("-tokens") else AutoModelForSequenceClassification
    model, loading = kind.from_pretrained(folder, attn_implementation="eager", output_loading_info=True)
    assert not loading["missing_keys"] and not loading["mismatched_keys"], loading
    assert model.dtype == torch.float32
    ids, mask = (torch.tensor(asked[key]).reshape(asked["shape"]) for key in ("ids", "mask"))
    with torch.no_grad():
        logits = model.eval()(input_ids=ids, attention_mask=mask).logits
    away = (logits.flatten() - torch.tensor(asked["logits"])).reshape(logits.shape).abs()
    if logits.dim() == 3:
        away = away[mask.bool()]
    print(folder.name, list(model.config.id2label.values()), away.max().item(), "of", logits.abs().max().item())
    worst = max(worst, away.max().item())
assert worst < 1e-4, worst
print("largest:", worst)
