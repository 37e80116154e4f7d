"""Golden values of tiny encoders with LoRA and a trained head, by transformers and PEFT: logits, loss, gradients, and parameters after
AdamW steps; and of losses of sentence embeddings, by sentence-transformers' formulas in torch.

Run with torch, transformers, peft and safetensors installed:  python test/oracles/encoder_models.py
It writes test/fixtures/models/NAME/{config.json, model.safetensors, golden.safetensors} and test/fixtures/sentence-losses.json.
Sizes are odd on purpose, and B is not zero, so that no factor hides behind a power of two or a zero.
"""
import json, pathlib, re, sys
import torch
import torch.nn.functional as F
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import (BertConfig, BertForSequenceClassification, BertForTokenClassification, DistilBertConfig,
                          DistilBertForSequenceClassification, ModernBertConfig, ModernBertForSequenceClassification, RobertaConfig,
                          RobertaForSequenceClassification, ViTConfig, ViTForImageClassification)

FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures"
SHAPE = dict(hidden_size=18, intermediate_size=26, num_hidden_layers=2, num_attention_heads=3)
TEXT = dict(vocab_size=61, max_position_embeddings=14, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, num_labels=3)
STEPS, RATE, DECAY, MAX_NORM = 5, 1e-2, 0.1, 0.5
MODELS = {
    "bert": (BertConfig, BertForSequenceClassification, {**SHAPE, **TEXT}, ["query", "value"], ["classifier"]),
    "bert-tokens": (BertConfig, BertForTokenClassification, {**SHAPE, **TEXT}, ["query", "value"], ["classifier"]),
    "roberta": (RobertaConfig, RobertaForSequenceClassification, {**SHAPE, **TEXT, "type_vocab_size": 1, "pad_token_id": 1},
                ["query", "value"], ["classifier"]),
    "distilbert": (DistilBertConfig, DistilBertForSequenceClassification,
                   dict(dim=18, hidden_dim=26, n_layers=2, n_heads=3, vocab_size=61, max_position_embeddings=14, dropout=0.0,
                        attention_dropout=0.0, seq_classif_dropout=0.0, num_labels=3), ["q_lin", "v_lin"],
                   ["pre_classifier", "classifier"]),
    "modernbert": (ModernBertConfig, ModernBertForSequenceClassification,
                   {**SHAPE, "vocab_size": 61, "max_position_embeddings": 14, "num_hidden_layers": 3, "pad_token_id": 0, "bos_token_id": 1,
                    "cls_token_id": 1, "eos_token_id": 2, "sep_token_id": 2, "local_attention": 4, "num_labels": 3,
                    "global_attn_every_n_layers": 2, "classifier_pooling": "mean"}, ["Wqkv", "Wi"], ["classifier"]),
    "vit": (ViTConfig, ViTForImageClassification,
            {**SHAPE, "image_size": 7, "patch_size": 3, "num_channels": 2, "hidden_dropout_prob": 0.0,
             "attention_probs_dropout_prob": 0.0, "num_labels": 3}, ["q_proj", "v_proj"], ["classifier"]),
}
# transformers 5 names ViT's layers otherwise in memory than in files (conversion_mapping.py, ViTModel).
PUBLISHED = [(r"^vit\.layers\.", "vit.encoder.layer."), (r"attention\.q_proj", "attention.attention.query"),
             (r"attention\.k_proj", "attention.attention.key"), (r"attention\.v_proj", "attention.attention.value"),
             (r"attention\.o_proj", "attention.output.dense"), (r"mlp\.fc1", "intermediate.dense"), (r"mlp\.fc2", "output.dense")]


def published(name):
    if name.startswith("vit."):
        for old, new in PUBLISHED:
            name = re.sub(old, new, name)
    return name


def inputs_of(name, kind):
    if name == "vit":
        return dict(pixel_values=torch.randn(4, 2, 7, 7)), torch.tensor([2, 0, 1, 2])
    ids = torch.randint(5, 61, (4, 9))
    mask = torch.ones_like(ids)
    for row, length in enumerate([9, 5, 7, 2]):
        mask[row, length:] = 0
    ids[mask == 0] = kind["pad_token_id"] if "pad_token_id" in kind else 0
    inputs = dict(input_ids=ids, attention_mask=mask)
    if name.startswith("bert"):
        inputs["token_type_ids"] = (torch.arange(9) > 3).long().repeat(4, 1)
    if name == "bert-tokens":
        labels = torch.randint(0, 3, (4, 9))
        labels[mask == 0] = -100
        labels[:, 0] = -100
        return inputs, labels
    return inputs, torch.tensor([2, 0, 1, 2])


def golden(name):
    config_class, model_class, sizes, targets, saved = MODELS[name]
    torch.manual_seed(sorted(MODELS).index(name))
    config = config_class(**sizes)
    config._attn_implementation = "eager"
    model = model_class(config).float().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            spread = 0.3 if parameter.dim() > 1 else 0.1
            parameter.add_(torch.randn_like(parameter) * spread)
    folder = FIXTURES / "models" / name
    folder.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(folder)
    save_file({published(k): v.detach().clone().contiguous() for k, v in model.state_dict().items()}, folder / "model.safetensors")
    inputs, labels = inputs_of(name, sizes)
    out = {**inputs, "labels": labels}
    with torch.no_grad():
        out["base_logits"] = model(**inputs).logits
    peft_model = get_peft_model(model, LoraConfig(r=3, lora_alpha=5, target_modules=targets, modules_to_save=saved, lora_dropout=0.0))
    clean = lambda k: published(re.sub(r"\.(modules_to_save\.)?default|base_model\.model\.", "", k))
    trained = {clean(k): p for k, p in peft_model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for k, parameter in trained.items():
            if "lora_" in k:
                parameter.copy_(torch.randn_like(parameter) * 0.2)
    for k, p in trained.items():
        out[f"start/{k}"] = p.detach().clone()
    optimizer = torch.optim.AdamW(list(trained.values()), lr=RATE, weight_decay=DECAY)
    for step in range(STEPS):
        result = peft_model(**inputs, labels=labels)
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
              metadata={"torch": torch.__version__, "rank": "3", "alpha": "5"})


def losses():
    """What sentence-transformers 6.0.1 computes (sentence_transformer/losses/{multiple_negatives_ranking,cosine_similarity,triplet}.py), and
    torch's own losses, on numbers given by a formula."""
    given = lambda rows, width, step: torch.tensor([[((at * step) % 17) / 8 - 1 + at / 100 for at in range(row * width, (row + 1) * width)]
                                                    for row in range(rows)], dtype=torch.float64).requires_grad_()
    unit = lambda x: F.normalize(x, p=2, dim=1)
    answers = {}

    def ask(name, x, of):
        loss = of(x)
        loss.backward()
        answers[name] = dict(shape=list(x.shape), values=x.detach().flatten().tolist(), loss=loss.item(), gradient=x.grad.flatten().tolist())

    def ranking(x, parts):
        n = x.shape[0] // parts
        scores = unit(x[:n]) @ unit(x[n:]).T * 20
        return F.cross_entropy(scores, torch.arange(n))

    def triplets(x, distance, margin):
        n = x.shape[0] // 3
        return F.relu(distance(x[:n], x[n:2 * n]) - distance(x[:n], x[2 * n:]) + margin).mean()

    euclidean = lambda a, b: torch.sqrt(torch.sum((a - b) ** 2, dim=-1))
    cosine = lambda a, b: 1 - (unit(a) * unit(b)).sum(dim=-1)
    ask("ranking", given(6, 5, 7), lambda x: ranking(x, 2))
    ask("ranking with negatives", given(9, 5, 7), lambda x: ranking(x, 3))
    ask("cosine similarity", given(6, 5, 7), lambda x: F.mse_loss(torch.cosine_similarity(x[:3], x[3:]), torch.tensor([1, 0.25, -0.5]).double()))
    ask("triplet, euclidean", given(9, 5, 7), lambda x: triplets(x, euclidean, 5))
    ask("triplet, cosine", given(9, 5, 7), lambda x: triplets(x, cosine, 0.5))
    ask("cross-entropy", given(4, 5, 7), lambda x: F.cross_entropy(x, torch.tensor([3, -100, 0, 4])))
    ask("binary cross-entropy", given(4, 3, 7), lambda x: F.binary_cross_entropy_with_logits(
        x * 1.0, torch.tensor([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0.5]]).double()))
    ask("squared error", given(4, 2, 7), lambda x: F.mse_loss(x, torch.arange(8).reshape(4, 2).double() / 4))
    (FIXTURES / "sentence-losses.json").write_text(json.dumps(answers))


for model in sys.argv[1:] or MODELS:
    golden(model)
    print(model)
losses()
