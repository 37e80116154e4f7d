"""Adapter folders as PEFT writes them, on the tiny models of lora_models.py and encoder_models.py: logits, loss, gradients, AdamW steps.

Run with torch, transformers, peft and safetensors installed:  python test/oracles/peft_folders.py
It writes test/fixtures/adapters/NAME/{adapter_config.json, adapter_model.safetensors or .bin, golden.safetensors}.
"""
import json, pathlib, sys
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification, AutoModelForTokenClassification

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
HERE = FIXTURES / "adapters"
STEPS, RATE, DECAY, MAX_NORM = 5, 1e-2, 0.1, 0.5
CLASSES = {"CAUSAL_LM": AutoModelForCausalLM, "SEQ_CLS": AutoModelForSequenceClassification, "TOKEN_CLS": AutoModelForTokenClassification}
# The windows of a layer in the pool of draws, as src/graph/passes/add-lora.ts cuts them.
STRIDE, DROP = 97, 0.3
CASES = {
    "llama-rslora": ("llama", "CAUSAL_LM", dict(r=3, lora_alpha=5, use_rslora=True, target_modules=["q_proj", "v_proj", "down_proj"])),
    "llama-dora": ("llama", "CAUSAL_LM", dict(r=3, lora_alpha=5, use_dora=True, target_modules="all-linear")),
    "llama-dora-dropout": ("llama", "CAUSAL_LM", dict(r=2, lora_alpha=5, use_dora=True, lora_dropout=DROP, target_modules="all-linear")),
    "llama-dropout": ("llama", "CAUSAL_LM", dict(r=2, lora_alpha=5, lora_dropout=DROP, target_modules=["q_proj", "v_proj"])),
    "llama-pattern": ("llama", "CAUSAL_LM", dict(r=2, target_modules=r".*\.layers\.\d\.(self_attn\.[qk]_proj|mlp\.\w+_proj)",
                                                 exclude_modules=["up_proj", "model.layers.1.self_attn.q_proj"])),
    "qwen2-ranks": ("qwen2", "CAUSAL_LM", dict(r=2, lora_alpha=7, rank_pattern={"layers.1.self_attn.q_proj": 5, "v_proj": 1},
                                              alpha_pattern={"^model.layers.0.self_attn.q_proj": 3, "v_proj": 4},
                                              target_modules=["q_proj", "v_proj", "o_proj"])),
    "qwen2-last-layer": ("qwen2", "CAUSAL_LM", dict(r=2, layers_to_transform=[1], layers_pattern="layers", target_modules=["q_proj", "k_proj"])),
    "bert-classifier": ("bert", "SEQ_CLS", dict(r=3, lora_alpha=5)),
    "bert-tokens-dora": ("bert-tokens", "TOKEN_CLS", dict(r=3, lora_alpha=5, use_dora=True, target_modules=["query", "dense"])),
}


class Window(torch.nn.Module):
    """Dropout whose draws are given."""

    def __init__(self, pool, start):
        super().__init__()
        self.pool, self.start = pool, start

    def forward(self, x):
        return x * self.pool[self.start:self.start + x.numel()].reshape(x.shape)


def golden(name):
    base, task, settings = CASES[name]
    torch.manual_seed(sorted(CASES).index(name))
    config = AutoConfig.from_pretrained(FIXTURES / "models" / base)
    config._attn_implementation = "eager"
    model = CLASSES[task].from_config(config).float()
    missing, unexpected = model.load_state_dict(load_file(FIXTURES / "models" / base / "model.safetensors"), strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight", "bert.embeddings.position_ids"}, (missing, unexpected)
    model.tie_weights()
    known = load_file(FIXTURES / "models" / base / "golden.safetensors")
    batch = {k: known[k] for k in ("input_ids", "attention_mask", "token_type_ids", "labels") if k in known}
    model = get_peft_model(model, LoraConfig(task_type=task, base_model_name_or_path=base, **settings))
    trained = {k.replace("base_model.model.", "").replace(".default", "").replace(".modules_to_save", "")
                .replace("lora_magnitude_vector.weight", "lora_magnitude_vector"): p
               for k, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for k, p in trained.items():
            p.copy_(p + torch.randn_like(p) * 0.1 if "magnitude" in k else torch.randn_like(p) * 0.2)
    out = {}
    if settings.get("lora_dropout"):
        layers = [m for m in model.modules() if hasattr(m, "lora_dropout") and "default" in m.lora_dropout]
        tokens = batch["input_ids"].numel()
        size = max(at * STRIDE + tokens * m.in_features for at, m in enumerate(layers))
        pool = (torch.rand(size) >= DROP).float() / (1 - DROP)
        for at, m in enumerate(layers):
            m.lora_dropout["default"] = Window(pool, at * STRIDE)
        out["pool"] = pool
    folder = HERE / name
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    config = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**config, "base_model_name_or_path": base}, indent=2, sort_keys=True))
    if name == "llama-pattern":
        tensors = load_file(folder / "adapter_model.safetensors")
        torch.save(tensors, folder / "adapter_model.bin")
        (folder / "adapter_model.safetensors").unlink()
    with torch.no_grad():
        for m in model.modules():
            if isinstance(m, Window):
                m.start, m.pool_kept, m.pool = m.start, m.pool, torch.ones_like(m.pool)
        out["logits"] = model.eval()(**{k: v for k, v in batch.items() if k != "labels"}).logits
        for m in model.modules():
            if isinstance(m, Window):
                m.pool = m.pool_kept
    model.train()
    for m in model.modules():
        if isinstance(m, torch.nn.Dropout):
            m.p = 0.0
    for k, p in trained.items():
        out[f"start/{k}"] = p.detach().clone()
    optimizer = torch.optim.AdamW(list(trained.values()), lr=RATE, weight_decay=DECAY)
    for step in range(STEPS):
        result = model(**batch)
        result.loss.backward()
        if step == 0:
            out["loss"] = result.loss.detach().reshape(1)
            for k, p in trained.items():
                out[f"gradient/{k}"] = p.grad.clone()
        out[f"norm/{step}"] = torch.nn.utils.clip_grad_norm_(list(trained.values()), MAX_NORM).reshape(1)
        optimizer.step()
        optimizer.zero_grad()
    for k, p in trained.items():
        out[f"end/{k}"] = p.detach().clone()
    save_file({k: v.contiguous() for k, v in out.items()}, folder / "golden.safetensors")
    for file in folder.iterdir():
        file.chmod(0o644)


for name in sys.argv[1:] or CASES:
    golden(name)
    print(name)
