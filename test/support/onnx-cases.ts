/** ONNX's own node tests: a model, the inputs of a run, and the outputs that are expected. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { FileWindow } from "../../src/formats/onnx/file-window.ts";
import type { OnnxModel } from "../../src/formats/onnx/model.ts";
import { readMessage } from "../../src/formats/onnx/read-message.ts";
import { readOnnxModel } from "../../src/formats/onnx/read-model.ts";
import { readTensor } from "../../src/formats/onnx/read-tensor.ts";
import { type TensorRef, tensorBytes } from "../../src/formats/tensor-ref.ts";

/** Files of cases by their paths, CASE/model.onnx and CASE/test_data_set_0/{input,output}_N.pb. */
export type CaseFiles = ReadonlyMap<string, Uint8Array>;

export interface OnnxCase {
  readonly bytes: Uint8Array;
  readonly model: OnnxModel;
  /** undefined for what is no tensor: sequences and optionals. */
  readonly inputs: readonly (TensorRef | undefined)[];
  readonly outputs: readonly (TensorRef | undefined)[];
}

/** Plain files of a tar archive (POSIX.1-1988 ustar: name at 0, size in octal at 124, blocks of 512). */
export function packedCases(path: string): CaseFiles {
  const tar = gunzipSync(readFileSync(path));
  const files = new Map<string, Uint8Array>();
  const text = (at: number, length: number): string =>
    tar.toString("latin1", at, at + length).replace(/\0.*$/s, "");
  for (let at = 0; tar[at] !== 0 && at < tar.length; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const prefix = text(at + 345, 155);
    files.set(`${prefix && `${prefix}/`}${text(at, 100)}`, tar.subarray(at + 512, at + 512 + size));
    at += 512 + 512 * Math.ceil(size / 512);
  }
  return files;
}

export function casesInFolder(folder: string): CaseFiles {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(onnx|pb)$/.test(name),
  );
  return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
}

export const caseNames = (files: CaseFiles): string[] =>
  [...files.keys()]
    .filter((path) => path.endsWith("/model.onnx"))
    .map((path) => dirname(path))
    .toSorted();

export async function readCase(files: CaseFiles, name: string): Promise<OnnxCase> {
  const path = `${name}/model.onnx`;
  const model = await readOnnxModel(readerOf(files), path);
  const numbered = async (kind: "input" | "output", count: number): Promise<(TensorRef | undefined)[]> =>
    await Promise.all(
      Array.from({ length: count }, (_, at) => tensorFile(files, `${name}/test_data_set_0/${kind}_${at}.pb`)),
    );
  const ofKind = (infos: OnnxModel["graph"]["inputs"], tensors: (TensorRef | undefined)[]) =>
    infos.map(({ type }, at) => (type.kind === "tensor" ? tensors[at] : undefined));
  return {
    bytes: files.get(path)!,
    model,
    inputs: ofKind(model.graph.inputs, await numbered("input", model.graph.inputs.length)),
    outputs: ofKind(model.graph.outputs, await numbered("output", model.graph.outputs.length)),
  };
}

const readerOf = (files: CaseFiles) => ({
  readBytes: async (
    path: string,
    range = { offset: 0, length: Number.POSITIVE_INFINITY },
  ): Promise<Uint8Array> => files.get(path)!.subarray(range.offset, range.offset + range.length),
  stat: async (path: string) => {
    const bytes = files.get(path);
    return bytes && { kind: "file" as const, size: bytes.length, modifiedMs: 0 };
  },
});

/** undefined for what is no tensor. */
async function tensorFile(files: CaseFiles, path: string): Promise<TensorRef | undefined> {
  if (!files.has(path)) return undefined;
  try {
    const window = await FileWindow.open(readerOf(files), path);
    const tensor = readTensor({ window, onExternal: () => undefined }, await readMessage(window, "tensor"));
    return { ...tensor, data: await tensorBytes(readerOf(files), tensor) };
  } catch {
    return undefined;
  }
}
