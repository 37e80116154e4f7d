/** The child's side: opens what it is told, runs what it is given, tells failures as data. */
import { describeFailure } from "./child-failure.ts";
import type { EngineItem, EngineOutput, RunOptions } from "./engine.ts";
import type { AdaptedRequest, ChildFailure, FromChild, OpenRequest, ToChild } from "./engine-messages.ts";

export interface LoadedEngine {
  readonly versions: Readonly<Record<string, string>>;
  readonly sampleRateHz?: number;
  /** The files of weights that were read, where the parent does not know them. */
  readonly paths?: readonly string[];
  run(items: readonly EngineItem[], options: RunOptions): Promise<EngineOutput[]>;
}

/** Bytes of all files so far, of how many. */
export type OnFetched = (bytes: number, total: number) => void;

export interface ChildChannel {
  send(message: FromChild): void;
  onMessage(listener: (message: ToChild) => void): void;
  /** Tells of what is thrown where nobody waits, and would otherwise end the process; returns the unsubscribe. */
  onStray(listener: (thrown: unknown) => void): () => void;
}

/** What rooms above this one run, and the child brings. */
export type LoadAdapted = (request: AdaptedRequest) => Promise<LoadedEngine>;

export function serveEngine(channel: ChildChannel, loadAdapted: LoadAdapted): void {
  let engine: LoadedEngine | undefined;
  const answer = async (message: ToChild): Promise<FromChild> => {
    if (message.kind === "open") {
      engine = await load(message.request, channel, loadAdapted);
      const { versions, sampleRateHz, paths } = engine;
      return {
        kind: "opened",
        engine: message.request.engine,
        versions,
        ...(sampleRateHz === undefined ? {} : { sampleRateHz }),
        ...(paths === undefined ? {} : { paths }),
      };
    }
    if (engine === undefined) throw new Error("asked to run before a model was open");
    return { kind: "done", id: message.id, outputs: await engine.run(message.items, message.options) };
  };
  channel.onMessage((message) => {
    answer(message).then(
      (reply) => channel.send(reply),
      (thrown) => channel.send({ kind: "failed", failure: describe(thrown) }),
    );
  });
  channel.send({ kind: "ready" });
}

/** Each engine's library is loaded only when asked for. */
async function load(
  request: OpenRequest,
  channel: ChildChannel,
  loadAdapted: LoadAdapted,
): Promise<LoadedEngine> {
  if (request.engine === "frugal adapter") return await loadAdapted(request);
  if (request.engine === "transformers.js") {
    const { loadPipeline } = await import("./transformers-pipeline.ts");
    let unsubscribe = (): void => {};
    const stray = new Promise<never>((_, reject) => {
      unsubscribe = channel.onStray(reject);
    });
    const onFetched: OnFetched = (bytes, total) => channel.send({ kind: "fetched", bytes, total });
    const loaded = await loadPipeline(request, onFetched, stray);
    unsubscribe();
    return loaded;
  }
  const { loadOnnxClassifier } = await import("./onnx-classifier.ts");
  return await loadOnnxClassifier(request);
}

const describe = (thrown: unknown): ChildFailure =>
  describeFailure(thrown, {
    what: "the engine failed",
    remedy: "check that the model fits the task and that the input is what the task expects",
  });
