/** What every encoder gives to the heads behind it. */
import type { EncoderLayers } from "./layers.ts";

export interface Encoded {
  readonly layers: EncoderLayers;
  /** float32 [rows · length, width]: the last hidden states. */
  readonly hidden: string;
  /** int64 [rows, length]: 1 for tokens, 0 for padding; undefined where nothing is padded. */
  readonly attentionMask: string | undefined;
  /** float32 [rows, labels]: the family's own head for whole rows. */
  readonly classifyRows: () => string;
  /** float32 [rows · length, labels]: the family's own head for tokens; undefined where it has none. */
  readonly classifyTokens: (() => string) | undefined;
}
