"""The same job with transformers and PEFT: python tune.py MODEL TRAIN TEST OUT EPOCHS RATE THREADS. Prints one JSON line."""

import json
import os
import random
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
model_folder, train_file, test_file, out = sys.argv[1:5]
epochs, rate, threads = int(sys.argv[5]), float(sys.argv[6]), int(sys.argv[7])

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForTokenClassification, AutoTokenizer

torch.set_num_threads(threads)
assert torch.get_num_threads() == threads
torch.manual_seed(1)
random.seed(1)
read = lambda path: [json.loads(line) for line in open(path)]
train, test = read(train_file), read(test_file)
names = sorted({tag for one in train for tag in one["tags"]})
places = {name: at for at, name in enumerate(names)}
tokenizer = AutoTokenizer.from_pretrained(model_folder)


def encode(examples):
    made = tokenizer([one["tokens"] for one in examples], is_split_into_words=True, truncation=True, max_length=256)
    items = []
    for at, one in enumerate(examples):
        words = made.word_ids(at)
        # The first token of each word carries its label.
        labels = [
            -100 if word is None or (place > 0 and words[place - 1] == word) else places[one["tags"][word]]
            for place, word in enumerate(words)
        ]
        items.append((made["input_ids"][at], labels))
    return items


def batches(items, tokens):
    """Sorted by length, at most so many tokens, padding included."""
    group = []
    for item in sorted(items, key=lambda one: len(one[0])):
        longest = max(len(item[0]), *(len(ids) for ids, _ in group)) if group else len(item[0])
        if group and longest * (len(group) + 1) > tokens:
            yield group
            group = []
        group.append(item)
    yield group


def filled(group):
    longest = max(len(ids) for ids, _ in group)
    pad = lambda values, fill: torch.tensor([one + [fill] * (longest - len(one)) for one in values])
    ids = pad([ids for ids, _ in group], tokenizer.pad_token_id)
    mask = pad([[1] * len(ids) for ids, _ in group], 0)
    return ids, mask, pad([labels for _, labels in group], -100)


base = AutoModelForTokenClassification.from_pretrained(model_folder, num_labels=len(names))
config = LoraConfig(
    task_type="TOKEN_CLS", r=8, lora_alpha=16, lora_dropout=0.0, target_modules="all-linear", modules_to_save=["classifier"]
)
model = get_peft_model(base, config)
trained, held = encode(train), encode(test)
steps = list(batches(trained, 512))
total = epochs * len(steps)
parameters = [one for one in model.parameters() if one.requires_grad]
optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01)
warm = max(1, round(0.06 * total))
schedule = torch.optim.lr_scheduler.LambdaLR(
    optimizer, lambda at: (at + 1) / warm if at < warm else max(0.0, (total - at) / max(1, total - warm))
)


def accuracy():
    model.eval()
    right = count = 0
    with torch.no_grad():
        for group in batches(held, 512):
            ids, mask, labels = filled(group)
            found = model(input_ids=ids, attention_mask=mask).logits.argmax(-1)
            kept = labels != -100
            right += int((found[kept] == labels[kept]).sum())
            count += int(kept.sum())
    return right / count


best = 0.0
for _ in range(epochs):
    model.train()
    random.shuffle(steps)
    for group in steps:
        ids, mask, labels = filled(group)
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    best = max(best, accuracy())
model.save_pretrained(out)
print(json.dumps({"accuracy": best, "steps": total, "trained": sum(one.numel() for one in parameters)}))
