/** Rotary positions: the angle of each position and pair of channels (huggingface/transformers, modeling_rope_utils.py). */
import type { ConfigReader } from "../config-reader.ts";

export interface RopeConfig {
  readonly theta: number;
  /** Each frequency as the model stretches it, for contexts longer than it was first trained on. */
  readonly stretch: (frequency: number) => number;
}

/** `rope_parameters` of newer files, `rope_theta` and `rope_scaling` of older ones. */
export function readRope(config: ConfigReader): RopeConfig {
  const scaling = config.section("rope_parameters") ?? config.section("rope_scaling");
  const theta = (scaling?.has("rope_theta") ? scaling : config).number("rope_theta", 10_000);
  const type = scaling?.text("rope_type", scaling.text("type", "default")) ?? "default";
  switch (type) {
    case "default":
      return { theta, stretch: (frequency) => frequency };
    case "linear": {
      const factor = scaling!.number("factor");
      return { theta, stretch: (frequency) => frequency / factor };
    }
    case "llama3":
      return { theta, stretch: llama3(scaling!) };
    default:
      throw config.unsupported(`its rotary positions are scaled by "${type}"`);
  }
}

/** Long waves are stretched by the factor, short ones stay, those between are blended. */
function llama3(scaling: ConfigReader): (frequency: number) => number {
  const factor = scaling.number("factor");
  const low = scaling.number("low_freq_factor");
  const high = scaling.number("high_freq_factor");
  const original = scaling.number("original_max_position_embeddings");
  return (frequency) => {
    const wave = (2 * Math.PI) / frequency;
    if (wave < original / high) return frequency;
    if (wave > original / low) return frequency / factor;
    const blend = (original / wave - low) / (high - low);
    return (1 - blend) * (frequency / factor) + blend * frequency;
  };
}

/** [positions · size / 2] of cosines and of sines, rows by position. */
export function ropeTables(
  { theta, stretch }: RopeConfig,
  size: number,
  positions: number,
): { cos: number[]; sin: number[] } {
  const half = size / 2;
  const frequencies = Array.from({ length: half }, (_, channel) => stretch(theta ** (-channel / half)));
  const angles = Array.from(
    { length: positions * half },
    (_, at) => Math.floor(at / half) * frequencies[at % half]!,
  );
  return { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
}
