/** From a model with its loss to one training step as a graph: adapters, gradient, memory, fusions. */
import { Builder } from "../../graph/builder.ts";
import type { Graph, Node } from "../../graph/graph.ts";
import { type AddedLora, addLora, type LoraLayer, type LoraTarget } from "../../graph/passes/add-lora.ts";
import { differentiate } from "../../graph/passes/differentiate.ts";
import { layOut, type ParameterShapes, pack, type Span, unpack } from "../../graph/passes/flat-parameters.ts";
import { fuse } from "../../graph/passes/fuse.ts";
import { prune } from "../../graph/passes/prune.ts";
import { recompute } from "../../graph/passes/recompute.ts";
import { type BaseKind, storeBase } from "../../graph/passes/store-base.ts";
import { verify } from "../../graph/verify.ts";
import type { PoolShape } from "./dropout.ts";

/** What is trained. */
export interface Trained {
  readonly targets: (graph: Graph) => readonly LoraTarget[];
  /** Weights that are trained as a whole, such as those of a new head. */
  readonly whole?: readonly string[] | ((graph: Graph) => readonly string[]);
  /** Share of what comes into an adapter that is dropped in each step; 0 unless given. */
  readonly dropout?: number;
}

/**
 * What of a layer's forward pass is kept until its backward pass: all that it needs; the results of products and softmax, from which
 * the rest is soon computed again; or only what came into the layer.
 */
export type MemoryMode = "keep" | "light" | "recompute";

const COSTLY: ReadonlySet<string> = new Set(["Gemm", "MatMul", "Softmax"]);
const AGAIN = { light: ({ op }: Node) => !COSTLY.has(op), recompute: () => true };

export interface TrainStep {
  /** Inputs: parameters, and those of the model and of its loss. Outputs: those of the forward graph, then the gradient. */
  readonly graph: Graph;
  /** float32 [size]: of the summed loss. */
  readonly gradient: string;
  /** Where each trained tensor lies in parameters and gradient. */
  readonly spans: ReadonlyMap<string, Span>;
  /** Trained numbers. */
  readonly size: number;
  /** The adapted layers. */
  readonly layers: readonly LoraLayer[];
  /** What DROPOUT_POOL, a further input, is filled with (dropout.ts); undefined: nothing is dropped. */
  readonly dropout: PoolShape | undefined;
}

export interface StepOptions {
  /** Where the gradient starts, as `differentiate` takes it. */
  readonly seeds: ReadonlyMap<string, string | undefined>;
  readonly memory: MemoryMode;
  /** What the frozen weights are kept as. */
  readonly base: BaseKind;
}

export function assembleStep(
  forward: Graph,
  trained: Trained,
  { seeds, memory, base }: StepOptions,
): TrainStep {
  const { dropout = 0 } = trained;
  const { shapes, detached, pool, ...adapted } = adapt(forward, trained, dropout > 0);
  const { graph, gradients } = differentiate(adapted.graph, { seeds, wrt: [...shapes.keys()], detached });
  const build = new Builder("step", { ...graph, outputs: [] });
  const gradient = pack(build, [...gradients.values()]);
  const complete = prune(build.build([...forward.outputs, gradient]));
  const kept =
    memory === "keep"
      ? complete
      : recompute(complete, { segmentOf: layerOf, isBackward, isAgain: AGAIN[memory] });
  const fused = fuse(verify(kept, "building"));
  return {
    graph: storeBase(fused, base),
    gradient,
    ...layOut(shapes),
    layers: adapted.layers,
    dropout: dropout > 0 ? { size: pool, rate: dropout } : undefined,
  };
}

/** The model with its adapters alone, for judging and running it: the same inputs and outputs, and the same vector of parameters. */
export const assembleForward = (forward: Graph, trained: Trained, base: BaseKind): Graph =>
  storeBase(fuse(verify(adapt(forward, trained, false).graph, "building")), base);

function adapt(
  forward: Graph,
  { targets, whole = [] }: Trained,
  drops: boolean,
): AddedLora & { readonly shapes: ParameterShapes } {
  let shapes: ParameterShapes = new Map();
  const added = addLora(
    forward,
    targets(forward),
    (build, of) => {
      shapes = of;
      unpack(build, "parameters", of);
    },
    typeof whole === "function" ? whole(forward) : whole,
    drops,
  );
  return { ...added, shapes };
}

const isBackward = ({ name }: Node): boolean => name.startsWith("d/");
/** Layers are numbered behind "layer." or "layers." in every family. */
const layerOf = ({ name }: Node): string | undefined => /[\w.]*\blayers?\.\d+/.exec(name)?.[0];
