"""What transformers and PEFT write greedily: tiny decoders with the adapters of peft_folders.py, and a tokenizer of letters for their 61 ids.

Run with torch, transformers, peft and tokenizers installed:  python test/oracles/adapter_generation.py
It writes adapter-generation.json and test/fixtures/tokenizers/letters/.
"""
import json, pathlib, string
import torch
from peft import PeftModel
from safetensors.torch import load_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

HERE = pathlib.Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
CASES = {"llama-rslora": "llama", "llama-dora": "llama", "qwen2-ranks": "qwen2", "qwen2-last-layer": "qwen2"}
PROMPTS = ["a", "the fox", "Jumps over the lazy dog and runs away", "zz zz zz zz zz zz zz zz zz zz zz zz zz zz zz"]
NEW = 40
CHAT = ("{% for message in messages %}{{ message['role'][0] + ' ' + message['content'] + '. ' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'a ' }}{% endif %}")
MESSAGES = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "yes"}, {"role": "user", "content": "who"}]


def letters():
    signs = string.ascii_lowercase + string.ascii_uppercase + " .,!?-"
    vocabulary = {"<unk>": 0, "<s>": 1, "</s>": 2} | {sign: 3 + at for at, sign in enumerate(signs)}
    assert len(vocabulary) == 61
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.decoder = decoders.Fuse()
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 1)])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    fast.chat_template = CHAT
    fast.save_pretrained(FIXTURES / "tokenizers" / "letters")
    return fast


def main():
    tokenizer = letters()
    out = {"prompts": PROMPTS, "messages": MESSAGES, "new": NEW, "answers": {}}
    for name, base in CASES.items():
        config = AutoConfig.from_pretrained(FIXTURES / "models" / base)
        config._attn_implementation = "eager"
        model = AutoModelForCausalLM.from_config(config).float()
        model.load_state_dict(load_file(FIXTURES / "models" / base / "model.safetensors"), strict=False)
        model.tie_weights()
        model = PeftModel.from_pretrained(model, FIXTURES / "adapters" / name).eval()

        def answer(ids):
            with torch.no_grad():
                made = model.generate(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                                      max_new_tokens=NEW, do_sample=False, eos_token_id=2, pad_token_id=0)
            return tokenizer.decode(made[0, len(ids):], skip_special_tokens=True)

        chat = tokenizer.apply_chat_template(MESSAGES, add_generation_prompt=True, tokenize=False)
        out["answers"][name] = {
            "texts": [text + answer(tokenizer(text).input_ids) for text in PROMPTS],
            "chat": answer(tokenizer(chat, add_special_tokens=False).input_ids),
        }
    (HERE / "adapter-generation.json").write_text(json.dumps(out, indent=2))


main()
