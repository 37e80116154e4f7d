"""The same LoRA steps of an encoder by PyTorch, transformers and PEFT: python encoder_step.py ROWS LENGTH f32|bf16|amp THREADS STEPS. Prints one JSON line."""
import json, math, resource, statistics, sys, time

import torch
import transformers, peft
from peft import LoraConfig, get_peft_model
from transformers import BertConfig, BertForSequenceClassification

rows, length = map(int, sys.argv[1:3])
mode, threads, steps = sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
torch.set_num_threads(threads)
assert torch.get_num_threads() == threads
imported = time.perf_counter()
# No dropout on either side: frugal's step has none.
config = BertConfig(vocab_size=30522, hidden_size=384, intermediate_size=1536, num_hidden_layers=6, num_attention_heads=12, num_labels=2,
                    max_position_embeddings=512, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
model = BertForSequenceClassification(config).train()
if mode == "bf16":
    model = model.bfloat16()
model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, lora_dropout=0.0, target_modules=["query", "value"], modules_to_save=["classifier"],
                                         task_type="SEQ_CLS"))
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
start_s = time.perf_counter() - imported
feeds = dict(input_ids=torch.randint(0, config.vocab_size, (rows, length)), attention_mask=torch.ones(rows, length, dtype=torch.long),
             token_type_ids=torch.zeros(rows, length, dtype=torch.long), labels=torch.arange(rows) % 2)
seconds, cpu_seconds = [], []
for _ in range(steps):
    wall, cpu = time.perf_counter(), time.process_time()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=mode == "amp"):
        out = model(**feeds)
    out.loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    seconds.append(time.perf_counter() - wall)
    cpu_seconds.append(time.process_time() - cpu)
assert math.isfinite(out.loss.item())
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1.024e-3
tokens = rows * length
a, b = torch.rand(tokens, 384), torch.rand(384, 1536)
best = math.inf
for _ in range(10):
    at = time.perf_counter()
    a @ b
    best = min(best, time.perf_counter() - at)
print(json.dumps(dict(ms_per_token=1e3 * statistics.median(seconds[2:]) / tokens,
                      cpu_ms_per_token=1e3 * statistics.median(cpu_seconds[2:]) / tokens,
                      start_s=start_s, peak_mb=peak_mb, gemm_gflops=2 * tokens * 384 * 1536 / best / 1e9, loss=out.loss.item())))
