/** The loop's arithmetic on ONNX Runtime: a session for every shape of batch, and one for AdamW. */
import type { Tensor } from "onnxruntime-node";
import { invariant } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { type GraphSession, openGraph } from "../../engines/graph-session.ts";
import { requireEngine } from "../../engines/require-engine.ts";
import type { Graph } from "../../graph/graph.ts";
import { DROPOUT_POOL } from "../../graph/passes/add-lora.ts";
import { type AdamWSettings, buildAdamW } from "../../graph/passes/build-adamw.ts";
import type { TrainStep } from "../lora/assemble-step.ts";
import { dropoutPool } from "../lora/dropout.ts";
import { type StagedWeights, stageWeights } from "./stage-weights.ts";
import type { BatchResult, TrainBatch, Trainer } from "./train.ts";
import type { Vectors } from "./train-state.ts";

export type PlainTensor =
  | { readonly dtype: "float32"; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: "int64"; readonly shape: readonly number[]; readonly data: BigInt64Array };

export type PlainFeeds = Readonly<Record<string, PlainTensor>>;

export interface ShapedBatch extends TrainBatch {
  /** Rows and tokens of each: batches of one shape share a graph. */
  readonly rows: number;
  readonly length: number;
  /** Every input of the step but its parameters; what a graph does not ask for is left. */
  readonly feeds: PlainFeeds;
  /** How many labels count. */
  readonly kept: number;
}

export interface GraphTrainerOptions {
  /** Where the graphs are written; weights that lie there stay where they are. */
  readonly folder: string;
  readonly threads?: number;
  /** As `openGraph` takes it. */
  readonly oneHeap?: boolean;
  /** The weights that other sessions in the same folder have already; none unless given. */
  readonly staged?: StagedWeights;
  /** Decides what steps with dropout drop; 0 unless given. */
  readonly seed?: number;
}

type Shape = Pick<ShapedBatch, "rows" | "length">;

export interface ShapeSessions {
  /** Opens the session of that shape unless it is open. */
  open(shape: Shape): Promise<void>;
  run(shape: Shape, feeds: PlainFeeds): Promise<Readonly<Record<string, Float32Array>>>;
  close(): Promise<void>;
}

/** Sessions of graphs that differ only in the shape of their batch, opened when a batch first needs them. */
export async function openShapeSessions(
  files: Files,
  graphOf: (shape: Shape) => Graph,
  options: GraphTrainerOptions,
): Promise<ShapeSessions> {
  const { Tensor: Make } = await requireEngine(
    "onnxruntime-node",
    async () => await import("onnxruntime-node"),
  );
  const { staged = stageWeights(files, options.folder) } = options;
  const sessions = new Map<string, Promise<OpenShape>>();
  const open = async (shape: Shape): Promise<OpenShape> => {
    const graph = await staged.stage(graphOf(shape));
    const named = { ...graph, name: `${graph.name}-${keyOf(shape)}` };
    return { session: await openGraph(files, named, options), inputs: graph.inputs };
  };
  const sessionOf = (shape: Shape): Promise<OpenShape> => {
    const key = keyOf(shape);
    const found = sessions.get(key) ?? open(shape);
    sessions.set(key, found);
    return found;
  };
  return {
    open: async (shape) => void (await sessionOf(shape)),
    async run(shape, feeds) {
      const { session, inputs } = await sessionOf(shape);
      const given = inputs.map((name): [string, Tensor] => {
        const feed = feeds[name];
        invariant(feed !== undefined, `the graph's input ${name} is fed`);
        const { dtype, shape: sides, data } = feed;
        return [name, dtype === "float32" ? new Make(dtype, data, sides) : new Make(dtype, data, sides)];
      });
      const made = await session.run(Object.fromEntries(given));
      return Object.fromEntries(Object.entries(made).map(([name, { data }]) => [name, data as Float32Array]));
    },
    async close() {
      const all = await Promise.allSettled(sessions.values());
      for (const one of all) if (one.status === "fulfilled") await one.value.session.close();
    },
  };
}

interface OpenShape {
  readonly session: GraphSession;
  readonly inputs: readonly string[];
}
const keyOf = ({ rows, length }: Shape): string => `${rows}x${length}`;

export interface GraphTrainer extends Pick<Trainer<ShapedBatch>, "run" | "update"> {
  close(): Promise<void>;
}

type Step = TrainStep & { readonly loss: string };

/** @param stepOf the training step for a shape of batch; its parameters are laid out the same for all shapes. */
export async function openGraphTrainer(
  files: Files,
  stepOf: (shape: Shape) => Step,
  { size, adamw }: { readonly size: number; readonly adamw: AdamWSettings },
  options: GraphTrainerOptions,
): Promise<GraphTrainer> {
  const names = new Map<string, Pick<Step, "loss" | "gradient" | "dropout">>();
  const steps = await openShapeSessions(
    files,
    (shape) => {
      const { graph, loss, gradient, dropout } = stepOf(shape);
      names.set(keyOf(shape), { loss, gradient, dropout });
      return graph;
    },
    options,
  );
  const optimizer = await openShapeSessions(files, () => buildAdamW(size, adamw), options);
  const vector = (data: Float32Array): PlainTensor => ({ dtype: "float32", shape: [size], data });
  const scalar = (value: number): PlainTensor => ({
    dtype: "float32",
    shape: [],
    data: Float32Array.of(value),
  });
  return {
    async run(parameters, { rows, length, feeds, kept }, at): Promise<BatchResult> {
      await steps.open({ rows, length });
      const { loss, gradient, dropout } = names.get(keyOf({ rows, length }))!;
      const dropped: PlainFeeds = dropout
        ? {
            [DROPOUT_POOL]: {
              dtype: "float32",
              shape: [dropout.size],
              data: dropoutPool(dropout, options.seed ?? 0, at),
            },
          }
        : {};
      const made = await steps.run(
        { rows, length },
        { ...feeds, ...dropped, parameters: vector(parameters) },
      );
      return { loss: made[loss]![0]!, kept, gradient: made[gradient]! };
    },
    async update({ parameters, mean, square, gradient, scale, rate, step }) {
      const made = await optimizer.run(
        { rows: 1, length: 1 },
        {
          parameters: vector(parameters),
          mean: vector(mean),
          square: vector(square),
          gradient: vector(gradient),
          gradient_scale: scalar(scale),
          rate: scalar(rate),
          correction1: scalar(1 - adamw.beta1 ** step),
          correction2: scalar(1 - adamw.beta2 ** step),
        },
      );
      const vectors: Vectors = {
        parameters: made["parameters_out"]!,
        mean: made["mean_out"]!,
        square: made["square_out"]!,
      };
      return { ...vectors, norm: made["norm"]![0]! };
    },
    async close() {
      await steps.close();
      await optimizer.close();
    },
  };
}
