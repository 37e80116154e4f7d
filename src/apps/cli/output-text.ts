/** A model's outputs as text for people and as plain values for JSON. */
import { significant } from "../../core/format-quantity.ts";
import type { EngineOutput } from "../../engines/engine.ts";

/** An output whose pictures and sounds have become files. */
export interface ShownOutput {
  readonly name: string;
  readonly output: EngineOutput;
  readonly files: readonly string[];
}

const SHOWN_COMPONENTS = 4;

/** One block per input; a lone text stands by itself, so that it can be piped. */
export function outputText(results: readonly ShownOutput[]): string {
  const [first] = results;
  if (results.length === 1 && first?.output.kind === "text") return first.output.text;
  return results.map((result) => `${result.name}\n${indented(linesOf(result))}`).join("\n");
}

const indented = (lines: readonly string[]): string =>
  lines.length === 0 ? "  (nothing found)" : lines.map((line) => `  ${line}`).join("\n");
const scored = (score: number, text: string): string => `${score.toFixed(4)}  ${text}`;

function linesOf({ output, files }: ShownOutput): readonly string[] {
  switch (output.kind) {
    case "labels":
      return output.labels.map(({ label, score }) => scored(score, label));
    case "tokens":
      return output.tokens.map(({ text, label, score }) => scored(score, `${label}  ${text}`));
    case "answers":
      return output.answers.map(({ text, score }) => (score === undefined ? text : scored(score, text)));
    case "boxes":
      return output.boxes.map(({ label, score, box }) => {
        const [xmin, ymin, xmax, ymax] = [box.xmin, box.ymin, box.xmax, box.ymax].map(Math.round);
        return scored(score, `${label}  from ${xmin},${ymin} to ${xmax},${ymax}`);
      });
    case "text":
      return output.text.split("\n");
    case "vector": {
      const start = [...output.vector.slice(0, SHOWN_COMPONENTS)]
        .map((value) => significant(value))
        .join(", ");
      return [
        `${output.vector.length} numbers: ${start}${output.vector.length > SHOWN_COMPONENTS ? ", …" : ""}`,
      ];
    }
    case "pictures":
      return output.pictures.map(({ label, score }, at) => {
        const what = [label, score === undefined ? undefined : score.toFixed(4)].filter(
          (part) => part !== undefined,
        );
        return [files[at] ?? "", ...what].join("  ");
      });
    case "audio":
      return files;
    default:
      return output satisfies never;
  }
}

/** What stands in the `results` of --json. */
export function outputJson({ name, output, files }: ShownOutput): object {
  switch (output.kind) {
    case "vector":
      return { input: name, vector: [...output.vector] };
    case "pictures":
      return {
        input: name,
        pictures: output.pictures.map(({ data: _, ...facts }, at) => ({ ...facts, file: files[at] })),
      };
    case "audio":
      return { input: name, audio: { rate_hz: output.rateHz, file: files[0] } };
    default: {
      const { kind: _, ...rest } = output;
      return { input: name, ...rest };
    }
  }
}
