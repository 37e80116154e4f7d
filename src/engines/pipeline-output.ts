/** From what transformers.js pipelines answer to `EngineOutput` parts; every number is checked. */
import { FrugalError } from "../core/error.ts";
import type { EngineOutput, FoundBox, FoundToken, Picture, ScoredLabel } from "./engine.ts";

const invalid = (why: string): FrugalError =>
  new FrugalError({
    code: "model-output-invalid",
    what: "the model's output is not usable",
    why,
    remedy: "check the model's files, or try another dtype with --dtype",
  });

/** The number itself; throws "model-output-invalid" for NaN and infinities. */
export function finite(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw invalid(`${name} is ${String(value)}`);
}

export function labelsOf(answer: unknown): ScoredLabel[] {
  return ([answer].flat(2) as { label: string; score: number }[]).map(({ label, score }) => ({
    label,
    score: finite(score, `the score of ${label}`),
  }));
}

/** `{sequence, labels, scores}`: the labels in falling order of score. */
export function zeroShotLabelsOf(answer: unknown): ScoredLabel[] {
  const { labels, scores } = answer as { labels: string[]; scores: number[] };
  return labels.map((label, index) => ({ label, score: finite(scores[index], `the score of ${label}`) }));
}

export function tokensOf(answer: unknown): FoundToken[] {
  const found = answer as { word: string; entity?: string; entity_group?: string; score: number }[];
  return found.map(({ word, entity, entity_group, score }) => ({
    text: word,
    label: entity_group ?? entity ?? "",
    score: finite(score, `the score of ${word}`),
  }));
}

export function boxesOf(answer: unknown): FoundBox[] {
  return ([answer].flat(2) as FoundBox[]).map(({ label, score, box }) => ({
    label,
    score: finite(score, `the score of ${label}`),
    box: {
      xmin: finite(box.xmin, "a box edge"),
      ymin: finite(box.ymin, "a box edge"),
      xmax: finite(box.xmax, "a box edge"),
      ymax: finite(box.ymax, "a box edge"),
    },
  }));
}

/** The text under `key` in a (possibly nested) list of answers. */
export function textOf(answer: unknown, key: string): string {
  const first = [answer].flat(2)[0] as Record<string, unknown> | undefined;
  const text = first?.[key];
  if (typeof text === "string") return text;
  throw invalid(`it holds no ${key}`);
}

/** A tensor (n × …) as n vectors. */
export function vectorsOf(answer: unknown, count: number): EngineOutput[] {
  const { data, dims } = answer as { data: Float32Array; dims: readonly number[] };
  if (dims[0] !== count) throw invalid(`it has ${dims[0]} rows for ${count} inputs`);
  const size = data.length / count;
  return Array.from({ length: count }, (_, row) => {
    const vector = Float32Array.from(data.subarray(row * size, (row + 1) * size));
    const bad = vector.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw invalid(`component ${bad} of a vector is ${vector[bad]}`);
    return { kind: "vector", vector };
  });
}

/** A RawImage, or a segment `{label, score, mask: RawImage}`. */
export function pictureOf(answer: unknown): Picture {
  const found = answer as { label?: string | null; score?: number | null; mask?: object };
  const { data, width, height, channels } = (found.mask ?? answer) as {
    data: Uint8Array | Uint8ClampedArray;
    width: number;
    height: number;
    channels: number;
  };
  return {
    width,
    height,
    channels,
    data: Uint8Array.from(data),
    ...(typeof found.label === "string" ? { label: found.label } : {}),
    ...(typeof found.score === "number" ? { score: finite(found.score, "a mask's score") } : {}),
  };
}
