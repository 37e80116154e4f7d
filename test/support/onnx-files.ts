/** The files of test/oracles/onnx-files.json, in a fake world. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type FakeOptions, type FakeWorld, fakeWorld } from "./fake-world.ts";

interface Case {
  readonly files: Readonly<Record<string, string>>;
  readonly facts: object;
}
const ANSWERS = join(import.meta.dirname, "../oracles/onnx-files.json");
const { cases } = JSON.parse(readFileSync(ANSWERS, "utf8")) as { cases: Record<string, Case> };

export const ONNX_CASES: readonly string[] = Object.keys(cases);
/** Of every case. */
export const MODEL_PATH = "/m/model.onnx";

export const onnxFacts = (name: string): object => cases[name]!.facts;

export const onnxFiles = (name: string): Record<string, Uint8Array> =>
  Object.fromEntries(
    Object.entries(cases[name]!.files).map(([file, content]) => [
      `/m/${file}`,
      Uint8Array.from(Buffer.from(content, "base64")),
    ]),
  );

export const onnxWorld = (name: string, options: FakeOptions = {}): FakeWorld =>
  fakeWorld({ ...options, files: { ...onnxFiles(name), ...options.files } });
