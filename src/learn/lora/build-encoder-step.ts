/** One training step of an encoder with a head as a graph: text or image classes, classes of tokens, sentence embeddings. */
import { Builder } from "../../graph/builder.ts";
import type { Graph } from "../../graph/graph.ts";
import type { BaseKind } from "../../graph/passes/store-base.ts";
import type { Encoded } from "../../models/encoder/encoder.ts";
import type { Loss } from "../losses/loss.ts";
import {
  assembleForward,
  assembleStep,
  type MemoryMode,
  type Trained,
  type TrainStep,
} from "./assemble-step.ts";

export interface EncoderTask {
  /** Adds the encoder, such as buildBert does. */
  readonly encode: (build: Builder) => Encoded;
  /** Adds what its answers are made by: `classifyRows`, `classifyTokens`, or a mean of tokens. */
  readonly head: (encoded: Encoded) => string;
  readonly loss: (build: Builder, answers: string) => Loss;
}

/** Inputs: parameters, those of the encoder, and labels where the loss has some. Outputs: loss, kept, answers, gradient. */
export interface EncoderStep extends TrainStep, Loss {
  readonly answers: string;
}

export function buildEncoderStep(
  task: EncoderTask,
  trained: Trained,
  memory: MemoryMode,
  base: BaseKind = "f32",
): EncoderStep {
  const build = new Builder("step");
  const encoded = task.encode(build);
  const answers = build.within("head", () => task.head(encoded));
  const { loss, kept } = build.within("loss", () => task.loss(build, answers));
  const forward = build.build([loss, kept, answers]);
  const seeds = new Map([[loss, undefined]]);
  return { loss, kept, answers, ...assembleStep(forward, trained, { seeds, memory, base }) };
}

/** The encoder with its adapters and head, for answers: inputs as the step's, without labels. */
export function buildEncoderForward(
  { encode, head }: Omit<EncoderTask, "loss">,
  trained: Trained,
  base: BaseKind = "f32",
): { readonly graph: Graph; readonly answers: string } {
  const build = new Builder("forward");
  const encoded = encode(build);
  const answers = build.within("head", () => head(encoded));
  return { answers, graph: assembleForward(build.build([answers]), trained, base) };
}
