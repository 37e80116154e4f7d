/** Files of a fake world: a machine with counters and processes to measure, and models that pass every check. */
import type { Manifest } from "../../src/models/manifest.ts";

const encoder = new TextEncoder();

/** Joins protobuf fields of wire type 2 (length-delimited), each below 128 bytes. */
const field = (number: number, ...parts: readonly (Uint8Array | string)[]): Uint8Array => {
  const bytes = parts.flatMap((part) => [...(typeof part === "string" ? encoder.encode(part) : part)]);
  return Uint8Array.of(number * 8 + 2, bytes.length, ...bytes);
};
const entry = (key: string, value: string): Uint8Array => field(13, field(1, key), field(2, value));
/** The smallest ONNX file with external data (onnx.proto3: graph 7, initializer 5, external_data 13). */
const ONNX: Uint8Array = field(7, field(5, entry("location", "w.data"), entry("length", "4")));

const stat = (pid: number, parent: number): string =>
  `${pid} (node) S ${parent} 1 1 0 -1 0 0 0 0 0 100 0 0 0 20 0 1 0 1 1000 100 0 0\n`;
const zone = (id: string, name: string): Record<string, string> => ({
  [`/sys/class/powercap/${id}/name`]: `${name}\n`,
  [`/sys/class/powercap/${id}/energy_uj`]: "5000000\n",
  [`/sys/class/powercap/${id}/max_energy_range_uj`]: "262143328850\n",
});

export const MEASURED_MACHINE: Readonly<Record<string, string>> = {
  ...zone("intel-rapl:0", "package-0"),
  ...zone("intel-rapl:0:0", "dram"),
  "/sys/class/drm/card0/device/vendor": "0x10de\n",
  "/proc/4242/stat": stat(4_242, 1),
  "/proc/4242/task/4242/children": "5001 ",
  "/proc/5001/stat": stat(5_001, 4_242),
  "/proc/5001/task/5001/children": "",
};
/** The same without counters: models stand in. */
export const MODELLED_MACHINE: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(MEASURED_MACHINE).filter(([path]) => path.startsWith("/proc/")),
);

/** A folder in the hub's layout. */
export const hubFolder = (folder: string, architecture: string): Record<string, string | Uint8Array> => ({
  [`${folder}/config.json`]: JSON.stringify({ architectures: [architecture], vocab_size: 10 }),
  [`${folder}/tokenizer.json`]: "{}",
  [`${folder}/tokenizer_config.json`]: "{}",
  [`${folder}/onnx/model_q4.onnx`]: ONNX,
  [`${folder}/onnx/w.data`]: "data",
});

export const classifierFolder = (folder: string): Record<string, string | Uint8Array> => {
  const manifest: Manifest = {
    format: "frugal.model/1",
    kind: "onnx-image-classifier",
    task: "image-classification",
    labels: ["cat", "dog"],
    weights: "model.onnx",
    dtype: "fp32",
    input: { width: 2, height: 2, channels: 1, scale: 1, mean: [0], std: [1] },
  };
  return { [`${folder}/frugal.json`]: JSON.stringify(manifest), [`${folder}/model.onnx`]: ONNX };
};
