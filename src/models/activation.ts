/** Activations by the names that config.json files give them (huggingface/transformers, activations.py). */
import type { Builder } from "../graph/builder.ts";
import type { ConfigReader } from "./config-reader.ts";

export type Activation = "silu" | "gelu" | "gelu-tanh" | "relu" | "tanh";

const BY_NAME: Readonly<Record<string, Activation>> = {
  silu: "silu",
  swish: "silu",
  gelu: "gelu",
  gelu_new: "gelu-tanh",
  gelu_pytorch_tanh: "gelu-tanh",
  relu: "relu",
  tanh: "tanh",
};

/** @throws "graph-unsupported" for a name that is none of these. */
export function readActivation(config: ConfigReader, key: string, otherwise: string): Activation {
  const name = config.text(key, otherwise);
  const found = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  if (found === undefined) throw config.unsupported(`its ${key} is ${name}`);
  return found;
}

export function activated(build: Builder, x: string, kind: Activation): string {
  switch (kind) {
    case "silu":
      return build.op("Mul", [x, build.op("Sigmoid", [x])]);
    case "gelu":
      return build.op("Gelu", [x], { approximate: "none" });
    case "gelu-tanh":
      return build.op("Gelu", [x], { approximate: "tanh" });
    case "relu":
      return build.op("Relu", [x]);
    case "tanh":
      return build.op("Tanh", [x]);
    default:
      return kind satisfies never;
  }
}
