/**
 * A run's state on disk. The vectors lie in one safetensors file, the rest in `checkpoint.json`, which names that file with its hash:
 * replacing the JSON is what makes a checkpoint valid, so that one is never half written, whenever the power fails.
 */
import { createHash } from "node:crypto";
import { FrugalError, systemCode, unwritable } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { type MemoryTensor, readSafetensors, writeSafetensors } from "../../formats/safetensors.ts";
import { listDifferences } from "./list-differences.ts";
import type { TrainState } from "./train-state.ts";

export const CHECKPOINT_NAME = "checkpoint.json";
const FORMAT = "frugal.checkpoint/1";
const STATE = /^state-\d+\.safetensors$/;

type CheckpointFiles = Pick<Files, "readText" | "readBytes" | "writeAtomic" | "list" | "remove" | "stat">;

/** What a run is about: plain JSON. A checkpoint is only gone on with when it is the same. */
export type RunIdentity = Readonly<Record<string, unknown>>;

type PlainState = Omit<TrainState, "parameters" | "mean" | "square" | "best"> & {
  readonly best?: { readonly step: number; readonly score: number };
};

interface Stored {
  readonly format: typeof FORMAT;
  readonly state: PlainState;
  readonly vectors: { readonly file: string; readonly sha256: string };
  readonly identity: RunIdentity;
}

/** @throws "disk-full", "file-unwritable"; what was saved before stays valid then. */
export async function saveCheckpoint(
  files: CheckpointFiles,
  folder: string,
  state: TrainState,
  identity: RunIdentity,
): Promise<void> {
  const { parameters, mean, square, best, ...rest } = state;
  const content = writeSafetensors({
    parameters: tensor(parameters),
    mean: tensor(mean),
    square: tensor(square),
    ...(best !== undefined && { best: tensor(best.parameters) }),
  });
  const file = `state-${state.step}.safetensors`;
  const stored: Stored = {
    format: FORMAT,
    state: { ...rest, ...(best !== undefined && { best: { step: best.step, score: best.score } }) },
    vectors: { file, sha256: sha256(content) },
    identity,
  };
  try {
    await files.writeAtomic(`${folder}/${file}`, content);
    await files.writeAtomic(`${folder}/${CHECKPOINT_NAME}`, `${JSON.stringify(stored, undefined, 1)}\n`);
    for (const name of await files.list(folder)) {
      if (STATE.test(name) && name !== file) await files.remove(`${folder}/${name}`);
    }
  } catch (thrown) {
    if (systemCode(thrown) === undefined || thrown instanceof FrugalError) throw thrown;
    throw unwritable(
      `cannot save a checkpoint in ${folder}`,
      thrown,
      "make room or choose another folder, then resume: the checkpoint before is whole",
    );
  }
}

/**
 * @returns undefined where there is none.
 * @throws "checkpoint-mismatch" listing what differs from `identity`; "checkpoint-damaged".
 */
export async function loadCheckpoint(
  files: CheckpointFiles,
  folder: string,
  identity: RunIdentity,
): Promise<TrainState | undefined> {
  const path = `${folder}/${CHECKPOINT_NAME}`;
  if ((await files.stat(path)) === undefined) return undefined;
  const stored = parse(path, await files.readText(path));
  const differences = listDifferences(stored.identity, JSON.parse(JSON.stringify(identity)));
  if (differences.length > 0) throw mismatch(path, differences);
  const { file, sha256: wanted } = stored.vectors;
  let content: Uint8Array;
  try {
    content = await files.readBytes(`${folder}/${file}`);
  } catch (thrown) {
    throw damaged(path, `${file} cannot be read`, thrown);
  }
  if (sha256(content) !== wanted) throw damaged(path, `${file} is not what was saved`);
  const { tensors } = readSafetensors(file, content);
  const vector = (name: string): Float32Array => {
    const found = tensors.get(name);
    if (found === undefined) throw damaged(path, `${file} lacks ${name}`);
    // A copy, so that it starts where numbers may start.
    return new Float32Array(new Uint8Array(found.data).buffer);
  };
  const { best, ...state } = stored.state;
  return {
    ...state,
    parameters: vector("parameters"),
    mean: vector("mean"),
    square: vector("square"),
    ...(best !== undefined && { best: { ...best, parameters: vector("best") } }),
  };
}

function parse(path: string, text: string): Stored {
  let stored: Partial<Stored>;
  try {
    stored = JSON.parse(text);
  } catch (thrown) {
    throw damaged(path, "it is no JSON", thrown);
  }
  if (stored?.format !== FORMAT) throw damaged(path, `its format is ${stored?.format}, not ${FORMAT}`);
  if (stored.state === undefined || stored.vectors === undefined || stored.identity === undefined) {
    throw damaged(path, "parts of it are missing");
  }
  return stored as Stored;
}

const tensor = (values: Float32Array): MemoryTensor => ({
  dtype: "float32",
  shape: [values.length],
  data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
});

const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

const damaged = (path: string, why: string, cause?: unknown): FrugalError =>
  new FrugalError({
    code: "checkpoint-damaged",
    what: `the run of ${path} cannot be gone on with`,
    why,
    remedy: "start the run again in another folder, or without --resume",
    cause,
  });

const mismatch = (path: string, differences: readonly string[]): FrugalError =>
  new FrugalError({
    code: "checkpoint-mismatch",
    what: `${path} belongs to another run`,
    why: differences.join("; "),
    remedy: "give the same model, data and options as then, or start a run in another folder",
  });
