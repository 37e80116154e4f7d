/** The first examples for an encoder, with what is learned of each. */
import type { EncoderDataset } from "../../learn/data/encode-texts.ts";
import type { MaskPiece } from "../../learn/data/mask-preview.ts";

const PREVIEWED = 2;

export function previewOf(dataset: EncoderDataset): readonly (readonly MaskPiece[])[] {
  const text = (words: string): MaskPiece => ({ text: words, kept: false });
  const learned = (words: string): MaskPiece => ({ text: words, kept: true });
  switch (dataset.kind) {
    case "token-classification":
      return dataset.examples
        .slice(0, PREVIEWED)
        .map(({ tokens, tags }) =>
          tokens.flatMap((token, at) => [text(`${at > 0 ? " " : ""}${token} `), learned(tags[at]!)]),
        );
    case "classification":
      return dataset.examples.slice(0, PREVIEWED).map((one) => [text(`${joined(one)} `), learned(one.label)]);
    case "multi-label":
      return dataset.examples
        .slice(0, PREVIEWED)
        .map((one) => [text(`${joined(one)} `), learned(one.labels.join(", "))]);
    case "regression":
      return dataset.examples
        .slice(0, PREVIEWED)
        .map((one) => [text(`${joined(one)} `), learned(String(one.value))]);
    default:
      return [];
  }
}

const joined = ({ text, pair }: { readonly text: string; readonly pair?: string }): string =>
  pair === undefined ? text : `${text} | ${pair}`;
