/** A loss as nodes of a graph. */
export interface Loss {
  /** float32 scalar: the sum over everything that counts. */
  readonly loss: string;
  /** float32 scalar: how much counts; the mean is loss / kept, over all parts of a batch that is computed in parts. */
  readonly kept: string;
}
