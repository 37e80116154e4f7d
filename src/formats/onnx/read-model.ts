import { FrugalError } from "../../core/error.ts";
import type { Files } from "../../core/ports.ts";
import { FileWindow, unreadable } from "./file-window.ts";
import type { OnnxModel } from "./model.ts";
import { functionOf, graphOf, keptOf, opsetsOf } from "./read-graph.ts";
import { readMessage } from "./read-message.ts";

/**
 * An .onnx file of any size as values; weights stay where they are, in this file or in those beside it that it names.
 * @throws "file-missing", "file-unreadable"; "bad-model", with the byte, where the file is damaged or hostile; "model-incomplete" where
 * a file of weights is missing or too short.
 */
export async function readOnnxModel(
  files: Pick<Files, "readBytes" | "stat">,
  path: string,
): Promise<OnnxModel> {
  const window = await FileWindow.open(files, path);
  const message = await readMessage(window, "model");
  if (message.graph === undefined) throw window.damaged(0, "it has no graph");
  if (typeof message.irVersion !== "number") throw window.damaged(0, "it has no IR version");
  /** How many bytes each file of weights must have. */
  const ends = new Map<string, number>();
  const source = {
    window,
    onExternal: (span: { path: string; offset: number; length: number }) => {
      ends.set(span.path, Math.max(ends.get(span.path) ?? 0, span.offset + span.length));
    },
  };
  const model: OnnxModel = {
    irVersion: message.irVersion,
    producerName: message.producerName ?? "",
    producerVersion: message.producerVersion ?? "",
    opsets: opsetsOf(source, message.opsets ?? []),
    graph: graphOf(source, message.graph),
    functions: (message.functions ?? []).map((one) => functionOf(source, one)),
    metadata: new Map((message.metadata ?? []).map(({ key = "", value = "" }) => [key, value])),
    ...keptOf(message),
  };
  for (const [weights, end] of ends) {
    const stat = await files.stat(weights).catch((thrown: unknown) => {
      throw unreadable(weights, thrown);
    });
    const size = stat?.size;
    if (size === undefined || size < end) throw incomplete(path, weights, size, end);
  }
  return model;
}

const incomplete = (path: string, weights: string, size: number | undefined, end: number): FrugalError =>
  new FrugalError({
    code: "model-incomplete",
    what: `the weights of ${path} are incomplete`,
    why: size === undefined ? `${weights} is missing` : `${weights} has ${size} of at least ${end} bytes`,
    remedy: "copy or download the model again, with all files of its folder",
  });
