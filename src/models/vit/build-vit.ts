/** Vision transformers as a graph (huggingface/transformers, models/vit/modeling_vit.py): patches, a class token, norms before each part. */
import type { Builder } from "../../graph/builder.ts";
import { type Activation, activated, readActivation } from "../activation.ts";
import { readConfig } from "../config-reader.ts";
import type { Encoded } from "../encoder/encoder.ts";
import { type EncoderLayers, encoderLayers } from "../encoder/layers.ts";
import { findWeight, type Spelling, type WeightLookup } from "../find-weight.ts";

export interface VitConfig {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly channels: number;
  /** Pixels of an image's side, and of a patch's. */
  readonly image: number;
  readonly patch: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  /** Whether queries, keys and values have biases. */
  readonly biases: boolean;
}

/** @throws "bad-model" for values that cannot be, "graph-unsupported" for what we cannot build. */
export function readVitConfig(file: string, json: unknown): VitConfig {
  const config = readConfig(file, json);
  const type = config.text("model_type");
  if (type !== "vit") throw config.unsupported(`its model_type is ${type}`);
  const [hidden, heads] = [config.count("hidden_size"), config.count("num_attention_heads")];
  const [image, patch] = [config.count("image_size", 224), config.count("patch_size", 16)];
  if (hidden % heads !== 0) throw config.wrong(`${heads} heads cannot share a width of ${hidden}`);
  if (patch > image) throw config.wrong(`patches of ${patch} pixels do not fit into images of ${image}`);
  return {
    layers: config.count("num_hidden_layers"),
    hidden,
    heads,
    channels: config.count("num_channels", 3),
    image,
    patch,
    normEpsilon: config.number("layer_norm_eps", 1e-12),
    activation: readActivation(config, "hidden_act", "gelu"),
    biases: config.flag("qkv_bias", true),
  };
}

/** Files of the bare encoder have no prefix; transformers 5 names layers otherwise in memory (conversion_mapping.py, ViTModel). */
const SPELLINGS: readonly Spelling[] = [
  [/^vit\./, ""],
  [/encoder\.layer\./, "layers."],
  [/attention\.attention\.(q|k|v)(uery|ey|alue)\./, "attention.$1_proj."],
  [/attention\.output\.dense\./, "attention.o_proj."],
  [/intermediate\.dense\./, "mlp.fc1."],
  [/(?<!attention\.)output\.dense\./, "mlp.fc2."],
];

/** Adds the input pixel_values (float32 [rows, channels, image, image]). */
export function buildVit(build: Builder, config: VitConfig, weights: WeightLookup, rows: number): Encoded {
  const { image, patch, channels, normEpsilon } = config;
  const along = Math.floor(image / patch);
  const layers = encoderLayers(build, (name) => vitWeight(weights, name, config), {
    rows,
    length: along * along + 1,
  });
  const { linear, norm, add, byHead, attention } = layers;
  const pixels = build.input("pixel_values", "float32", [rows, channels, image, image]);
  let x = build.within("embeddings", () => embedded(layers, config, pixels, along));
  for (let at = 0; at < config.layers; at++) {
    const layer = `vit.encoder.layer.${at}`;
    x = build.within(layer, () => {
      const normed = norm(x, `${layer}.layernorm_before`, normEpsilon);
      const [q, k, v] = ["query", "key", "value"].map((part) =>
        byHead(linear(normed, `${layer}.attention.attention.${part}`, config.biases), config.heads),
      ) as [string, string, string];
      const middle = add(x, linear(attention(q, k, v), `${layer}.attention.output.dense`));
      const up = linear(norm(middle, `${layer}.layernorm_after`, normEpsilon), `${layer}.intermediate.dense`);
      return add(middle, linear(activated(build, up, config.activation), `${layer}.output.dense`));
    });
  }
  const last = norm(x, "vit.layernorm", normEpsilon);
  return {
    layers,
    hidden: last,
    attentionMask: undefined,
    classifyRows: () => linear(layers.first(last), "classifier"),
    classifyTokens: undefined,
  };
}

/** Patches do not overlap: the convolution that reads them is a linear layer on each patch, and its weight a matrix. */
function vitWeight(
  weights: WeightLookup,
  name: string,
  { hidden }: VitConfig,
): ReturnType<typeof findWeight> {
  const found = findWeight(weights, name, SPELLINGS);
  if (!name.endsWith("patch_embeddings.projection.weight")) return found;
  return { ...found, shape: [hidden, found.shape.slice(1).reduce((a, b) => a * b, 1)] };
}

/** [rows, channels, image, image] → [tokens, hidden], the class token first in each row. */
function embedded(layers: EncoderLayers, config: VitConfig, pixels: string, along: number): string {
  const { build, batch, reshape, transpose, slice, add, linear, weight } = layers;
  const { rows, length } = batch;
  const { channels, patch, hidden } = config;
  const side = along * patch;
  // A rim that fills no patch is not looked at.
  const whole = side === config.image ? pixels : slice(slice(pixels, 2, 0, side), 3, 0, side);
  const cut = reshape(whole, [rows, channels, along, patch, along, patch]);
  const patches = reshape(transpose(cut, [0, 2, 4, 1, 3, 5]), [
    rows * along * along,
    channels * patch * patch,
  ]);
  const shown = reshape(linear(patches, "vit.embeddings.patch_embeddings.projection"), [
    rows,
    length - 1,
    hidden,
  ]);
  const first = build.op("Expand", [weight("vit.embeddings.cls_token"), build.ints([rows, 1, hidden])]);
  const all = build.op("Concat", [first, shown], { axis: 1 });
  return reshape(add(all, weight("vit.embeddings.position_embeddings")), [rows * length, hidden]);
}
