/** Which parts of a sequence are learned, as text. */
import type { Tokenizer } from "../../models/open-tokenizer.ts";

export interface MaskPiece {
  readonly text: string;
  readonly kept: boolean;
}

/** Pieces put together are the whole text. */
export function maskPreview(
  { ids, kept }: { readonly ids: readonly number[]; readonly kept: Uint8Array },
  { decode }: Pick<Tokenizer, "decode">,
): readonly MaskPiece[] {
  const pieces: MaskPiece[] = [];
  let written = "";
  for (let start = 0, end = 0; start < ids.length; start = end) {
    while (end < ids.length && kept[end] === kept[start]) end++;
    // A piece on its own may lose its first space, or half of a character that two tokens share.
    const whole = decode(ids.slice(0, end));
    const text = whole.startsWith(written) ? whole.slice(written.length) : decode(ids.slice(start, end));
    written = whole;
    pieces.push({ text, kept: kept[start] === 1 });
  }
  return pieces;
}
