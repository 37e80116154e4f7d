"""Golden values of tiny decoders with LoRA, by transformers and PEFT: logits, loss, gradients, and parameters after AdamW steps.

Run with torch, transformers, peft and safetensors installed:  python test/oracles/lora_models.py
It writes test/fixtures/models/FAMILY/{config.json, model.safetensors, golden.safetensors}.
Sizes are odd on purpose, and B is not zero, so that no factor hides behind a power of two or a zero.
"""
import json, pathlib, sys
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import (GemmaConfig, GemmaForCausalLM, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM,
                          Qwen2Config, Qwen2ForCausalLM, Qwen3Config, Qwen3ForCausalLM)

HERE = pathlib.Path(__file__).parent.parent / "fixtures" / "models"
SHAPE = dict(vocab_size=61, hidden_size=18, intermediate_size=26, num_hidden_layers=2, num_attention_heads=3,
             num_key_value_heads=1, max_position_embeddings=64, attention_dropout=0.0)
STEPS, RATE, DECAY, MAX_NORM = 5, 1e-2, 0.1, 0.5
FAMILIES = {
    "llama": (LlamaConfig, LlamaForCausalLM, dict(tie_word_embeddings=False)),
    "llama-tied-scaled": (LlamaConfig, LlamaForCausalLM, dict(
        tie_word_embeddings=True, attention_bias=True, mlp_bias=True, head_dim=10,
        rope_parameters=dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                             original_max_position_embeddings=16))),
    "mistral": (MistralConfig, MistralForCausalLM, dict(sliding_window=3, tie_word_embeddings=False, head_dim=6)),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, dict(tie_word_embeddings=True)),
    "qwen3": (Qwen3Config, Qwen3ForCausalLM, dict(tie_word_embeddings=True, head_dim=8)),
    "gemma": (GemmaConfig, GemmaForCausalLM, dict(head_dim=8, hidden_activation="gelu_pytorch_tanh")),
}


def golden(name):
    config_class, model_class, more = FAMILIES[name]
    torch.manual_seed(sorted(FAMILIES).index(name))
    config = config_class(**{**SHAPE, **more})
    config._attn_implementation = "eager"
    model = model_class(config).float()
    with torch.no_grad():
        for parameter in model.parameters():
            spread = 0.3 if parameter.dim() > 1 else 0.1
            parameter.add_(torch.randn_like(parameter) * spread)
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(folder)
    tied = config.tie_word_embeddings
    weights = {k: v.detach().clone().contiguous() for k, v in model.state_dict().items() if not (tied and k == "lm_head.weight")}
    save_file(weights, folder / "model.safetensors")
    ids = torch.randint(0, SHAPE["vocab_size"], (2, 7))
    labels = ids.clone()
    labels[0, :3] = -100
    labels[1, 5:] = -100
    out = {"input_ids": ids, "labels": labels}
    with torch.no_grad():
        out["base_logits"] = model(input_ids=ids).logits
    peft_model = get_peft_model(model, LoraConfig(r=3, lora_alpha=5, target_modules="all-linear", lora_dropout=0.0,
                                                  task_type="CAUSAL_LM"))
    trained = {k.replace("base_model.model.", "").replace(".default", ""): p for k, p in peft_model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for parameter in trained.values():
            parameter.copy_(torch.randn_like(parameter) * 0.2)
    for k, p in trained.items():
        out[f"start/{k}"] = p.detach().clone()
    optimizer = torch.optim.AdamW(list(trained.values()), lr=RATE, weight_decay=DECAY)
    for step in range(STEPS):
        result = peft_model(input_ids=ids, labels=labels)
        result.loss.backward()
        if step == 0:
            out["logits"], out["loss"] = result.logits.detach(), result.loss.detach().reshape(1)
            for k, p in trained.items():
                out[f"gradient/{k}"] = p.grad.clone()
        out[f"norm/{step}"] = torch.nn.utils.clip_grad_norm_(list(trained.values()), MAX_NORM).reshape(1)
        optimizer.step()
        optimizer.zero_grad()
    for k, p in trained.items():
        out[f"end/{k}"] = p.detach().clone()
    save_file({k: v.contiguous() for k, v in out.items()}, folder / "golden.safetensors",
              metadata={"torch": torch.__version__, "rank": "3", "alpha": "5", "rate": str(RATE), "decay": str(DECAY),
                        "max_norm": str(MAX_NORM), "steps": str(STEPS)})


for family in sys.argv[1:] or FAMILIES:
    golden(family)
    print(family)
