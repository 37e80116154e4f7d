"""Golden values of training data, by tokenizers and transformers: ids, truncated pairs, labels of words, renderings of chats and which
of their tokens are the assistant's.

Run with tokenizers and transformers installed:  python test/oracles/tuning_data.py
It trains tiny tokenizers on the sentences below and writes test/fixtures/tokenizers/NAME/ and test/oracles/tuning-data.json.
"""
import json, pathlib
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

HERE = pathlib.Path(__file__).parent
FOLDER = HERE.parent / "fixtures" / "tokenizers"
SENTENCES = [
    "The quick brown fox jumps over the lazy dog.", "She sells sea shells by the sea shore.",
    "How much wood would a woodchuck chuck if a woodchuck could chuck wood?", "A stitch in time saves nine, they say.",
    "user assistant system tool", "Peter Piper picked a peck of pickled peppers!", "Paris is the capital of France.",
] * 3

CHATML = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
          "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}"
          "{% else %}{{ message['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}"
          "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")
# As Llama 2 and Mistral write turns: no marks around the assistant's answers, the end of text behind each.
INST = ("{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}"
        "{% elif message['role'] == 'assistant' %}{% generation %}{{ ' ' + message['content'] + eos_token }}{% endgeneration %}"
        "{% endif %}{% endfor %}")
# As Qwen 3: what an answer thought is dropped once another question follows, so that renderings are no prefixes of each other.
THINK = ("{%- set ns = namespace(last=0) -%}{%- for message in messages -%}{%- if message.role == 'user' -%}{%- set ns.last = loop.index0 -%}"
         "{%- endif -%}{%- endfor -%}{%- for message in messages -%}{{- '<|im_start|>' + message.role + '\n' -}}"
         "{%- if message.role == 'assistant' -%}{%- generation -%}"
         "{%- if loop.index0 > ns.last -%}{{- '<think>\n' + (message.reasoning or '') + '\n</think>\n' -}}{%- endif -%}"
         "{{- message.content + '<|im_end|>' -}}{%- endgeneration -%}{{- '\n' -}}"
         "{%- else -%}{{- message.content + '<|im_end|>\n' -}}{%- endif -%}{%- endfor -%}"
         "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\n' -}}{%- endif -%}")

CHATS = {
    "one turn": [{"role": "user", "content": "Who sells sea shells?"}, {"role": "assistant", "content": "She sells sea shells."}],
    "two turns": [{"role": "user", "content": "The capital of France?"}, {"role": "assistant", "content": "Paris."},
                  {"role": "user", "content": "How much wood?"}, {"role": "assistant", "content": "\nA peck, they say."}],
    "with a system prompt": [{"role": "system", "content": "The lazy dog."}, {"role": "user", "content": "jumps over"},
                             {"role": "assistant", "content": "a fox 🦊"}],
}
TEXTS = ["The quick brown fox", "  Two  spaces, and\nlines ", "Größe 🦊 naïve", "<|im_end|> in [SEP] a text", "pickledpeppers woodchuck!", ""]
PAIRS = [["The quick brown fox jumps", "over the lazy dog."], ["Paris", "How much wood would a woodchuck chuck if a woodchuck could?"],
         ["How much wood would a woodchuck chuck", "nine"]]
WORDS = ["Peter", "Piper", "'s", "picked", "woodchucks", ",", "in", "Paris", "Größe"]


def wordpiece():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(SENTENCES, trainers.WordPieceTrainer(vocab_size=170, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
                                                     special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return PreTrainedTokenizerFast(tokenizer_object=t, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
                                   mask_token="[MASK]", model_max_length=64)


def bytelevel(add_prefix_space, frame):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    t.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>"] if frame else ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>"]
    t.train_from_iterator(SENTENCES, trainers.BpeTrainer(vocab_size=330, special_tokens=special,
                                                         initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    if frame:
        t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), True, add_prefix_space)
        return PreTrainedTokenizerFast(tokenizer_object=t, bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
                                       pad_token="<pad>", unk_token="</s>", model_max_length=64)
    return PreTrainedTokenizerFast(tokenizer_object=t, bos_token="<s>", eos_token="<|im_end|>", pad_token="<|endoftext|>")


def unigram():
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.NFKC()
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    t.decoder = decoders.Metaspace()
    t.train_from_iterator(SENTENCES, trainers.UnigramTrainer(vocab_size=150, unk_token="<unk>", special_tokens=["<s>", "<pad>", "</s>", "<unk>"]))
    t.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
                                                     special_tokens=[("<s>", 0), ("</s>", 2)])
    return PreTrainedTokenizerFast(tokenizer_object=t, bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
                                   pad_token="<pad>", unk_token="<unk>", model_max_length=64)


def encodings(tokenizer, with_pairs):
    out = {"texts": [], "pairs": [], "words": {}}
    for text in TEXTS:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        out["texts"].append({"text": text, "ids": ids, "framed": tokenizer(text)["input_ids"], "decoded": tokenizer.decode(ids, clean_up_tokenization_spaces=False)})
    if with_pairs:
        for first, second in PAIRS:
            for room in (12, 13, 40):
                made = tokenizer(first, second, truncation="longest_first", max_length=room, return_token_type_ids=True)
                out["pairs"].append({"texts": [first, second], "length": room, "ids": made["input_ids"], "types": made["token_type_ids"]})
        made = tokenizer(WORDS, is_split_into_words=True)
        ids, last, labels = made["input_ids"], None, []
        for word in made.word_ids():
            labels.append(-100 if word is None or word == last else word)
            last = word
        out["words"] = {"words": WORDS, "ids": ids, "labels": labels}
    return out


golden = {}
made = {"wordpiece": wordpiece(), "roberta": bytelevel(True, True), "unigram": unigram(), "chat": bytelevel(False, False)}
for name, tokenizer in made.items():
    folder = FOLDER / name
    if name == "chat":
        tokenizer.chat_template = CHATML
    tokenizer.save_pretrained(folder)
    golden[name] = encodings(tokenizer, with_pairs=name != "chat")
    print(name, len(tokenizer))

chat, golden["chats"] = made["chat"], []
for name, template in {"chatml": CHATML, "inst": INST, "think": THINK}.items():
    chat.eos_token = "</s>" if name == "inst" else "<|im_end|>"
    for which, messages in CHATS.items():
        if name == "inst" and messages[0]["role"] == "system":
            continue
        made_ids = chat.apply_chat_template(messages, chat_template=template, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
        golden["chats"].append({
            "template": name, "chat": which, "messages": messages, "eos": chat.eos_token,
            "text": chat.apply_chat_template(messages, chat_template=template, tokenize=False),
            "prompt": chat.apply_chat_template(messages[:-1], chat_template=template, tokenize=False, add_generation_prompt=True),
            "ids": made_ids["input_ids"], "kept": made_ids["assistant_masks"]})
golden["templates"] = {"chatml": CHATML, "inst": INST, "think": THINK}
(HERE / "tuning-data.json").write_text(json.dumps(golden, ensure_ascii=False))
