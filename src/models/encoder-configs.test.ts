/** What config.json files say of encoders, in their older and newer forms. */
import { expect, test } from "vitest";
import { longestRow, readBertConfig } from "./bert/config.ts";
import { readModernBertConfig } from "./modernbert/build-modernbert.ts";
import { readVitConfig } from "./vit/build-vit.ts";

const SIZES = {
  hidden_size: 12,
  num_attention_heads: 3,
  num_hidden_layers: 4,
  vocab_size: 50,
  max_position_embeddings: 20,
};
const bert = (more: object) => readBertConfig("config.json", { model_type: "bert", ...SIZES, ...more });

test("RoBERTa's table of positions serves rows shorter by the padding's place and one more", () => {
  expect(longestRow(bert({}))).toBe(20);
  expect(longestRow(bert({ model_type: "roberta", pad_token_id: 1 }))).toBe(18);
});

test("what cannot be built is refused by name", () => {
  expect(() => bert({ model_type: "deberta" })).toThrow("deberta");
  expect(() => bert({ position_embedding_type: "relative_key" })).toThrow("relative_key");
  expect(() => bert({ hidden_act: "mish" })).toThrow("mish");
  expect(() => bert({ hidden_act: "constructor" })).toThrow("constructor");
  expect(() => bert({ num_attention_heads: 5 })).toThrow("5 heads");
});

test("ModernBERT's first files give the distance of layers that see everything instead of a list, and angles apart", () => {
  const old = readModernBertConfig("config.json", {
    model_type: "modernbert",
    ...SIZES,
    global_attn_every_n_layers: 3,
    global_rope_theta: 500,
    local_rope_theta: 70,
  });
  const [full, near] = ["full_attention", "sliding_attention"] as const;
  expect(old.reaches).toEqual([full, near, near, full]);
  expect([old.ropes[full].theta, old.ropes[near].theta]).toEqual([500, 70]);
  expect(old.window).toBe(64);
});

test("a list of layers that does not fit their number is refused", () => {
  const json = { model_type: "modernbert", ...SIZES, layer_types: ["full_attention"] };
  expect(() => readModernBertConfig("config.json", json)).toThrow("layer_types");
});

test("patches larger than the image are refused", () => {
  const json = { model_type: "vit", ...SIZES, image_size: 8, patch_size: 9 };
  expect(() => readVitConfig("config.json", json)).toThrow("9 pixels");
});
