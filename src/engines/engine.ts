/**
 * What an engine is: it holds one opened model and turns items into outputs. Engines run in a child process (a damaged
 * model file aborts the process that reads it), so everything here survives structured clone.
 */
import type { ChatMessage } from "../models/chat-template.ts";
import type { Dtype } from "./choose-dtype.ts";
import type { Task } from "./task-table.ts";

/** One thing to run a model on. Images are whole files (PNG, JPEG, WebP …); audio is mono at the engine's rate. */
export type EngineItem =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "chat"; readonly messages: readonly ChatMessage[] }
  | { readonly kind: "question-context"; readonly question: string; readonly context: string }
  | { readonly kind: "image"; readonly bytes: Uint8Array }
  | { readonly kind: "image-question"; readonly bytes: Uint8Array; readonly question: string }
  | { readonly kind: "audio"; readonly samples: Float32Array };

export interface ScoredLabel {
  readonly label: string;
  readonly score: number;
}

export interface FoundBox extends ScoredLabel {
  /** Pixels of the input image. */
  readonly box: {
    readonly xmin: number;
    readonly ymin: number;
    readonly xmax: number;
    readonly ymax: number;
  };
}

export interface FoundToken extends ScoredLabel {
  readonly text: string;
}

/** A picture as raw samples, row by row, `channels` bytes per pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
  /** What the picture shows, for masks. */
  readonly label?: string;
  readonly score?: number;
}

export type EngineOutput =
  | { readonly kind: "labels"; readonly labels: readonly ScoredLabel[] }
  | { readonly kind: "vector"; readonly vector: Float32Array }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "tokens"; readonly tokens: readonly FoundToken[] }
  | {
      readonly kind: "answers";
      readonly answers: readonly { readonly text: string; readonly score?: number }[];
    }
  | { readonly kind: "boxes"; readonly boxes: readonly FoundBox[] }
  | { readonly kind: "pictures"; readonly pictures: readonly Picture[] }
  | { readonly kind: "audio"; readonly samples: Float32Array; readonly rateHz: number };

/** Settings of one run; a task takes those that its row in the table names. */
export interface RunOptions {
  /** How many labels or answers at most. */
  readonly top?: number;
  /** Candidate labels of the zero-shot tasks. */
  readonly labels?: readonly string[];
  /** Boxes and masks below this score are left out. */
  readonly threshold?: number;
  /** Tokens that a generating model may write at most. */
  readonly maxNewTokens?: number;
  /** Above 0 a generating model draws tokens by chance, from those that together have the share `topP`. */
  readonly temperature?: number;
  readonly topP?: number;
  readonly seed?: number;
  /** A text is what a user says to the model, in a conversation. */
  readonly chat?: boolean;
  /** Language codes of multilingual translation and speech models. */
  readonly sourceLanguage?: string;
  readonly targetLanguage?: string;
  readonly pooling?: "mean" | "cls" | "last_token";
  readonly normalize?: boolean;
}

/** The shape that a receipt keeps. */
export interface ModelFile {
  /** Relative to the model folder. */
  readonly path: string;
  readonly size_b: number;
  readonly sha256: string;
}

/** Those of our own name are in src/reuse/: classifiers trained here, and models with an adapter. */
export type EngineName =
  | "transformers.js"
  | "onnxruntime"
  | "frugal tf-idf"
  | "frugal embeddings"
  | "frugal adapter";

/** What is running, for results and receipts. */
export interface EngineFacts {
  readonly engine: EngineName;
  readonly task: Task;
  /** Folder name or hub id. */
  readonly model: string;
  readonly commit?: string;
  /** The model beneath an adapter. */
  readonly base?: string;
  /** Ids of the receipts of what made the model, as far as they lie beside it. */
  readonly parents?: readonly string[];
  readonly dtype: Dtype;
  /** Why this dtype. */
  readonly dtypeFrom: "option" | "only one" | "preference";
  readonly device: "cpu";
  /** Package name to version. */
  readonly versions: Readonly<Record<string, string>>;
  readonly files: readonly ModelFile[];
  /** Samples per second that audio items must have. */
  readonly sampleRateHz?: number;
  /**
   * Items that may share one call. 1 where the dtype quantizes activations over the whole batch: there a
   * neighbour would change an item's result.
   */
  readonly batchSize: number;
}

export interface Engine {
  readonly facts: EngineFacts;
  /** One output per item, in order. An abort kills the child: the engine is then closed. */
  run(items: readonly EngineItem[], options: RunOptions, signal?: AbortSignal): Promise<EngineOutput[]>;
  close(): Promise<void>;
}
