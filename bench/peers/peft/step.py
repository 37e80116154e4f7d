"""The same LoRA steps by PyTorch, transformers and PEFT: python step.py LAYERS ROWS LENGTH f32|bf16|amp THREADS STEPS. Prints one JSON line."""
import json, math, resource, statistics, sys, time

started = time.perf_counter()
import torch
import transformers, peft
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

layers, rows, length = map(int, sys.argv[1:4])
mode, threads, steps = sys.argv[4], int(sys.argv[5]), int(sys.argv[6])
torch.set_num_threads(threads)
assert torch.get_num_threads() == threads
imported = time.perf_counter()
config = LlamaConfig(vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=layers, num_attention_heads=9,
                     num_key_value_heads=3, rms_norm_eps=1e-5, rope_theta=10000, tie_word_embeddings=True, max_position_embeddings=2048)
model = LlamaForCausalLM(config)
if mode == "bf16":
    model = model.bfloat16()
model = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"))
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
start_s = time.perf_counter() - imported
ids = torch.randint(0, config.vocab_size, (rows, length))
seconds, cpu_seconds = [], []
for _ in range(steps):
    wall, cpu = time.perf_counter(), time.process_time()
    if mode == "amp":
        with torch.autocast("cpu", dtype=torch.bfloat16):
            out = model(input_ids=ids, labels=ids)
    else:
        out = model(input_ids=ids, labels=ids)
    out.loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    seconds.append(time.perf_counter() - wall)
    cpu_seconds.append(time.process_time() - cpu)
assert math.isfinite(out.loss.item())
peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1.024e-3
a, b = torch.rand(1024, 576), torch.rand(576, 1536)
best = math.inf
for _ in range(10):
    at = time.perf_counter()
    a @ b
    best = min(best, time.perf_counter() - at)
tokens = rows * length
print(json.dumps(dict(ms_per_token=1e3 * statistics.median(seconds[2:]) / tokens,
                      cpu_ms_per_token=1e3 * statistics.median(cpu_seconds[2:]) / tokens,
                      start_s=start_s, peak_mb=peak_mb, gemm_gflops=2 * 1024 * 576 * 1536 / best / 1e9, loss=out.loss.item(),
                      versions=f"PyTorch {torch.__version__}, transformers {transformers.__version__}, PEFT {peft.__version__}")))
