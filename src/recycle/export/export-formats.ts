/** What a tuned model can become for other programs. */
import { FrugalError } from "../../core/error.ts";
import type { AdapterTask } from "../../learn/lora/adapter-task.ts";

export type ExportFormat = "merged" | "onnx" | "gguf" | "mlx";

/** Which models a format is for. */
const FORMATS: Readonly<Record<ExportFormat, readonly ("encoder" | "decoder")[]>> = {
  merged: ["encoder", "decoder"],
  onnx: ["encoder"],
  gguf: ["decoder"],
  mlx: ["decoder"],
};
export const EXPORT_FORMATS = Object.keys(FORMATS) as readonly ExportFormat[];

/** @param text names with commas between them. @throws "bad-option". */
export function parseFormats(option: string, text: string): readonly ExportFormat[] {
  const names = text.split(",").map((name) => name.trim());
  const formats = names.map((name) => EXPORT_FORMATS.find((format) => format === name));
  if (formats.every((format) => format !== undefined)) return [...new Set(formats)];
  throw new FrugalError({
    code: "bad-option",
    what: `${option} ${text}`,
    why: `${names[formats.indexOf(undefined)]} is no format`,
    remedy: `name some of ${EXPORT_FORMATS.join(", ")}, with commas between them`,
  });
}

/** @throws "bad-option" for formats whose programs run no models of this kind, with those that do. */
export function requireFormats(
  option: string,
  task: AdapterTask["task"],
  formats: readonly ExportFormat[],
): void {
  const kind = task === "causal-lm" ? "decoder" : "encoder";
  for (const format of formats) {
    if (FORMATS[format].includes(kind)) continue;
    const instead = EXPORT_FORMATS.filter((one) => FORMATS[one].includes(kind));
    throw new FrugalError({
      code: "bad-option",
      what: `${option} ${format}`,
      why: `it is for ${FORMATS[format].join(" and ")}s, and ${task} is what ${kind}s do`,
      remedy: `use ${instead.join(" or ")}`,
    });
  }
}
