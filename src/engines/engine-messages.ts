/** What the parent and its engine child say to each other; all of it survives structured clone. */
import type { ErrorCode } from "../core/error.ts";
import type { JsonObject } from "../models/read-model-json.ts";
import type { Dtype } from "./choose-dtype.ts";
import type { EngineItem, EngineName, EngineOutput, RunOptions } from "./engine.ts";
import type { Task } from "./task-table.ts";

/** How pixels become the input tensor of a plain ONNX image classifier. */
export interface ImageInput {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** A pixel byte p becomes (p × scale − mean) ÷ std. */
  readonly scale: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A model with an adapter: what runs it lies above this room (src/reuse/adapted/), and is given to `serveEngine`. */
export interface AdaptedRequest {
  readonly engine: "frugal adapter";
  /** As frugal-task.json has it. */
  readonly task: JsonObject;
  /** Absolute folders; the base may be a GGUF file. */
  readonly adapter: string;
  readonly base: string;
  readonly tokenizerFolder: string;
  /** Where graphs and merged weights are written. */
  readonly scratch: string;
  /** The day that chat templates write, as ISO 8601. */
  readonly today: string;
  readonly maxTokens?: number;
}

export type OpenRequest =
  | AdaptedRequest
  | {
      readonly engine: "transformers.js";
      readonly task: Task;
      /** Absolute folder, or hub id with `remote`. */
      readonly model: string;
      readonly dtype: Dtype;
      /** Cuts texts after this many tokens; the tokenizer's own limit otherwise. */
      readonly maxTokens?: number;
      readonly remote?: {
        readonly endpoint: string;
        readonly cacheFolder: string;
        readonly commit: string;
      };
    }
  | {
      readonly engine: "onnxruntime";
      readonly task: "image-classification";
      /** Absolute path of the .onnx file. */
      readonly model: string;
      readonly labels: readonly string[];
      readonly image: ImageInput;
    };

export type ToChild =
  | { readonly kind: "open"; readonly request: OpenRequest }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly items: readonly EngineItem[];
      readonly options: RunOptions;
    };

export interface ChildFailure {
  readonly code: ErrorCode;
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

export type FromChild =
  | { readonly kind: "ready" }
  /** While a hub model is fetched. */
  | { readonly kind: "fetched"; readonly bytes: number; readonly total: number }
  | {
      readonly kind: "opened";
      readonly engine: EngineName;
      readonly versions: Readonly<Record<string, string>>;
      readonly sampleRateHz?: number;
      /** The files of weights that were read, where the parent does not know them. */
      readonly paths?: readonly string[];
    }
  | { readonly kind: "done"; readonly id: number; readonly outputs: readonly EngineOutput[] }
  | { readonly kind: "failed"; readonly failure: ChildFailure };
