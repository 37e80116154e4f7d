"""Small encoders as files of PyTorch's ONNX exporter, and what PEFT makes of the same models: answers, loss, gradients, and parameters
after AdamW steps.

Run with torch, onnx, transformers, peft and safetensors installed:  python test/oracles/imported_models.py
It writes test/fixtures/imported/NAME/{model.onnx, golden.safetensors}. The exporter sees each model as the member `model` of another
module, so that all names begin with "model.".
"""
import pathlib, re, sys, warnings
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import (BertConfig, BertModel, DistilBertConfig, DistilBertForSequenceClassification, ViTConfig, ViTForImageClassification)

warnings.filterwarnings("ignore")
FIXTURES = pathlib.Path(__file__).parent.parent / "fixtures" / "imported"
STEPS, RATE, DECAY, MAX_NORM = 5, 1e-2, 0.1, 0.5
DROP = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)


class Named(torch.nn.Module):
    """One answer of a model, its inputs by place."""

    def __init__(self, model, names):
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *values):
        return self.model(**dict(zip(self.names, values)), return_dict=False)[0]


class Pooled(torch.nn.Module):
    """The mean of what is no padding, and a classifier: the head that frugal puts on a bare encoder."""

    def __init__(self, model):
        super().__init__()
        self.model, self.classifier = model, torch.nn.Linear(18, 3)

    def forward(self, input_ids, attention_mask):
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        kept = attention_mask.unsqueeze(-1).float()
        return self.classifier((hidden * kept).sum(1) / kept.sum(1))


def text():
    ids = torch.randint(5, 61, (4, 9))
    mask = torch.ones_like(ids)
    for row, length in enumerate([9, 5, 7, 2]):
        mask[row, length:] = 0
    ids[mask == 0] = 0
    return dict(input_ids=ids, attention_mask=mask)


MODELS = {
    "bert": (lambda: BertModel(BertConfig(vocab_size=61, hidden_size=18, intermediate_size=26, num_hidden_layers=2, num_attention_heads=3,
                                          max_position_embeddings=14, **DROP), add_pooling_layer=False),
             text, 17, dict(target_modules=["query", "value"], modules_to_save=["classifier"])),
    # Opset 14 has no LayerNormalization: it is written out.
    "distilbert": (lambda: DistilBertForSequenceClassification(DistilBertConfig(
        dim=18, hidden_dim=26, n_layers=2, n_heads=3, vocab_size=61, max_position_embeddings=14, dropout=0.0, attention_dropout=0.0,
        seq_classif_dropout=0.0, num_labels=3)), text, 14, dict(
            # Every linear layer; "classifier" is the ending of "pre_classifier" too, so that both are trained whole.
            target_modules=["q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"], modules_to_save=["classifier"])),
    "vit": (lambda: ViTForImageClassification(ViTConfig(hidden_size=18, intermediate_size=26, num_hidden_layers=2, num_attention_heads=3,
                                                        image_size=6, patch_size=3, num_channels=2, num_labels=3, **DROP)),
            lambda: dict(pixel_values=torch.randn(4, 2, 6, 6)), 17,
            dict(target_modules=["q_proj", "v_proj", "fc1"], modules_to_save=["classifier"])),
}


def spread(model):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * (0.3 if parameter.dim() > 1 else 0.1))


def golden(name):
    make, inputs_of, opset, lora = MODELS[name]
    torch.manual_seed(sorted(MODELS).index(name))
    model = make().float().eval()
    spread(model)
    inputs, labels = inputs_of(), torch.tensor([2, 0, 1, 2])
    folder = FIXTURES / name
    folder.mkdir(parents=True, exist_ok=True)
    output = "last_hidden_state" if name == "bert" else "logits"
    axes = {0: "batch_size"} if name == "vit" else {0: "batch_size", 1: "sequence_length"}
    torch.onnx.export(Named(model, list(inputs)), tuple(inputs.values()), str(folder / "model.onnx"), input_names=list(inputs),
                      output_names=[output], dynamic_axes={key: axes for key in inputs}, opset_version=opset, dynamo=False)
    out = {**inputs, "labels": labels}
    with torch.no_grad():
        out["base_output"] = Named(model, list(inputs))(*inputs.values())
    whole = model
    if name == "bert":
        whole = Pooled(model)
        spread(whole.classifier)
    adapted = get_peft_model(whole, LoraConfig(r=3, lora_alpha=5, lora_dropout=0.0, **lora))
    clean = lambda k: re.sub(r"\.(modules_to_save\.)?default|base_model\.model\.", "", k)
    exported = lambda k: clean(k) if name == "bert" else f"model.{clean(k)}"
    trained = {exported(k): p for k, p in adapted.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for k, parameter in trained.items():
            if "lora_" in k:
                parameter.copy_(torch.randn_like(parameter) * 0.2)
    for k, p in trained.items():
        out[f"start/{k}"] = p.detach().clone()
    optimizer = torch.optim.AdamW(list(trained.values()), lr=RATE, weight_decay=DECAY)
    for step in range(STEPS):
        result = adapted(**inputs)
        loss = torch.nn.functional.cross_entropy(result if name == "bert" else result.logits, labels)
        loss.backward()
        if step == 0:
            out["loss"] = loss.detach().reshape(1)
            for k, p in trained.items():
                out[f"gradient/{k}"] = p.grad.clone()
        out[f"norm/{step}"] = torch.nn.utils.clip_grad_norm_(list(trained.values()), MAX_NORM).reshape(1)
        optimizer.step()
        optimizer.zero_grad()
    for k, p in trained.items():
        out[f"end/{k}"] = p.detach().clone()
    save_file({k: v.contiguous() for k, v in out.items()}, folder / "golden.safetensors",
              metadata={"torch": torch.__version__, "rank": "3", "alpha": "5"})


for model in sys.argv[1:] or MODELS:
    golden(model)
    print(model)
