/** Which of a folder's weight files to open: transformers.js names them by a suffix (its utils/dtypes.js). */
import { FrugalError } from "../core/error.ts";

/**
 * In the order of preference on a CPU: 8-bit and 4-bit weights with fp32 activations first (least memory traffic), then
 * fp32, and half precision last, because ONNX Runtime's CPU provider casts it to fp32 and back at every operator.
 */
const SUFFIXES = {
  q8: "_quantized",
  q4: "_q4",
  int8: "_int8",
  uint8: "_uint8",
  bnb4: "_bnb4",
  fp32: "",
  q4f16: "_q4f16",
  fp16: "_fp16",
  q2: "_q2",
  q2f16: "_q2f16",
  q1: "_q1",
  q1f16: "_q1f16",
} as const;

export type Dtype = keyof typeof SUFFIXES;
export const DTYPES = Object.keys(SUFFIXES) as readonly Dtype[];

/** Activations are quantized with one scale per tensor, so a batch's items influence each other. */
const SHARED_SCALE: readonly Dtype[] = ["q8", "int8", "uint8"];
export const mixesBatch = (dtype: Dtype): boolean => SHARED_SCALE.includes(dtype);

export interface DtypeChoice {
  readonly dtype: Dtype;
  readonly from: "option" | "only one" | "preference";
  /** The weight files of that dtype, relative to the model folder. */
  readonly files: readonly string[];
}

/** `onnx/decoder_model_merged_q4.onnx` → stem `decoder_model_merged`, dtype q4. */
function readName(path: string): { readonly stem: string; readonly dtype: Dtype } {
  const name = path.replace(/^onnx\//, "").replace(/\.onnx$/, "");
  for (const dtype of DTYPES) {
    const suffix = SUFFIXES[dtype];
    if (suffix !== "" && name.endsWith(suffix)) return { stem: name.slice(0, -suffix.length), dtype };
  }
  return { stem: name, dtype: "fp32" };
}

/**
 * One whole model is `model`; folders often hold further variants of it (`model_O4`). Elsewhere every part is needed, but where
 * the decoder comes merged (with and without its cache in one file), the library opens that one only.
 */
function neededParts(stems: ReadonlySet<string>): ReadonlySet<string> {
  if (stems.has("model")) return new Set(["model"]);
  if (!stems.has("decoder_model_merged")) return stems;
  return new Set([...stems].filter((stem) => stem !== "decoder_model" && stem !== "decoder_with_past_model"));
}

/**
 * @param paths all files of the model, relative to its folder.
 * @throws "model-incomplete" without any weights, "bad-option" for a dtype that the model does not come in.
 */
export function chooseDtype(model: string, paths: readonly string[], wanted?: Dtype): DtypeChoice {
  const weights = paths
    .filter((path) => /^onnx\/[^/]+\.onnx$/.test(path))
    .map((path) => ({ path, ...readName(path) }));
  const parts = neededParts(new Set(weights.map(({ stem }) => stem)));
  const byDtype = new Map<Dtype, string[]>();
  for (const { path, stem, dtype } of weights) {
    if (parts.has(stem)) byDtype.set(dtype, [...(byDtype.get(dtype) ?? []), path]);
  }
  const offered = DTYPES.filter((dtype) => byDtype.has(dtype));
  if (offered.length === 0) {
    throw new FrugalError({
      code: "model-incomplete",
      what: `${model} has no weights`,
      why: "there is no .onnx file in its onnx folder",
      remedy: "copy the whole model folder again, or choose a model that comes as ONNX",
    });
  }
  if (wanted !== undefined) {
    const files = byDtype.get(wanted);
    if (files !== undefined) return { dtype: wanted, from: "option", files };
    throw new FrugalError({
      code: "bad-option",
      what: `--dtype ${wanted}`,
      why: `${model} does not come in it`,
      remedy: `use ${offered.join(" or ")}`,
    });
  }
  // A dtype that lacks a part (only the decoder was quantized) cannot be opened as a whole.
  const partsOf = (dtype: Dtype): number => byDtype.get(dtype)!.length;
  const most = Math.max(...offered.map(partsOf));
  const whole = offered.filter((dtype) => partsOf(dtype) === most);
  const dtype = whole[0]!;
  return { dtype, from: offered.length === 1 ? "only one" : "preference", files: byDtype.get(dtype)! };
}
