import { basename, dirname, join } from "node:path";
import { FrugalError, messageOf, systemCode, unwritable } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { joinBytes } from "../join-bytes.ts";
import type { Data } from "../tensor-ref.ts";
import { modelMessage } from "./graph-message.ts";
import type { OnnxModel } from "./model.ts";
import { placeBelow, planWeights } from "./place-weights.ts";
import { type Encoded, encodeMessage } from "./write-message.ts";

export interface WriteOnnxOptions {
  /** The name of the file, beside the model, for the data of large tensors; the model's own name and `.data` unless told. */
  readonly externalData?: string;
  /** Bytes from which a tensor counts as large; 1,024 unless told. Infinity puts all into the model, which may then not exceed 2 GB. */
  readonly threshold?: number;
  /** Large tensors that already lie in a file of the model's folder, or below, stay there and are referred to. */
  readonly keep?: boolean;
}

/** As the onnx package's own writer does (onnx.external_data_helper, size_threshold). */
const THRESHOLD = 1_024;
/** Protobuf's limit for one message; weights beside the model do not count. */
const LARGEST_MESSAGE = 2 ** 31 - 1;
const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * Writes the model and, beside it, the data of its large tensors, which are copied in pieces. Whoever reads meanwhile finds the old
 * model, none, or the new one. References into files that are replaced by this are stale afterwards: read the model again.
 * The same model always gives the same bytes.
 * @throws "file-unwritable", "disk-full", "file-unreadable"; "model-incomplete" where a referred file has become shorter.
 */
export async function writeOnnxModel(
  files: Pick<Files, "readBytes" | "writeAtomicFrom" | "move" | "remove">,
  path: string,
  model: OnnxModel,
  options: WriteOnnxOptions = {},
): Promise<void> {
  const { externalData = `${basename(path)}.data`, threshold = THRESHOLD, keep = false } = options;
  const plan = planWeights({ model: path, weightsName: basename(externalData), threshold, keep });
  const encoded = encodeLimited(path, encodeMessage("model", modelMessage(model, plan.place)));
  const weights = join(dirname(path), basename(externalData));
  const drafts = [`${weights}.draft`, `${path}.draft`] as const;
  try {
    if (plan.parts.length === 0) {
      await files.writeAtomicFrom(path, pieces(files, encoded.parts));
      return;
    }
    await files.writeAtomicFrom(drafts[0], pieces(files, plan.parts));
    await files.writeAtomicFrom(drafts[1], pieces(files, encoded.parts));
    // Never an old model with new weights, wherever this is interrupted.
    await files.remove(path);
    await files.move(drafts[0], weights);
    await files.move(drafts[1], path);
  } catch (thrown) {
    for (const draft of drafts) await files.remove(draft).catch(() => undefined);
    if (thrown instanceof FrugalError) throw thrown;
    throw unwritable(`cannot write ${path}`, thrown, "write the model somewhere else");
  }
}

/**
 * The model as the bytes of an .onnx file. `inlineAll`: for models whose tensors are all in memory. `folder`: tensors that lie in
 * files stay there; the bytes are good as a file in that folder.
 * @throws "bad-model" when tensors lie in files (`inlineAll`) or outside of the folder, or when the model exceeds 2 GB.
 */
export function encodeOnnxModel(
  model: OnnxModel,
  options: { readonly inlineAll: true } | { readonly folder: string },
): Uint8Array {
  const message = modelMessage(model, ({ data }) => {
    if (data instanceof Uint8Array) return undefined;
    const place = "folder" in options && "path" in data ? placeBelow(options.folder, data) : undefined;
    if (place === undefined) {
      throw unencodable(
        model.graph.name,
        "path" in data ? `its weights lie in ${data.path}` : "its weights are computed when they are written",
        "write it to a file with its weights",
      );
    }
    return place;
  });
  const { parts } = encodeLimited(model.graph.name, encodeMessage("model", message));
  return joinBytes(parts.filter((part) => part instanceof Uint8Array));
}

function encodeLimited(name: string, encoded: Encoded): Encoded {
  if (encoded.length <= LARGEST_MESSAGE) return encoded;
  const why = `without the weights beside it, it takes ${encoded.length} bytes, and readers take at most 2 GB`;
  throw unencodable(name, why, "let more tensors lie outside of the model file");
}

const unencodable = (name: string, why: string, remedy: string): FrugalError =>
  new FrugalError({ code: "bad-model", what: `the graph ${name} cannot be written`, why, remedy });

async function* pieces(files: Pick<Files, "readBytes">, parts: readonly Data[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Uint8Array) {
      yield part;
      continue;
    }
    if ("pieces" in part) {
      yield* part.pieces(files);
      continue;
    }
    const { path, offset, length } = part;
    for (let at = 0; at < length; at += PIECE_BYTES) {
      const range = { offset: offset + at, length: Math.min(PIECE_BYTES, length - at) };
      const piece = await files.readBytes(path, range).catch((cause: unknown) => {
        throw new FrugalError({
          code: "file-unreadable",
          what: `cannot read the weights in ${path}`,
          why: systemCode(cause) ?? messageOf(cause),
          remedy: "check that the file is still there and may be read",
          cause,
        });
      });
      if (piece.length < range.length) {
        throw new FrugalError({
          code: "model-incomplete",
          what: `the weights in ${path} are incomplete`,
          why: `the file ends at byte ${range.offset + piece.length}, before byte ${offset + length}`,
          remedy: "read the model again: the file has changed",
        });
      }
      yield piece;
    }
  }
}
