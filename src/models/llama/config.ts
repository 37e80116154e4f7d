/** What decides the graph of a decoder of the Llama family, from its config.json. */
export interface LlamaConfig {
  readonly layers: number;
  /** Width of the residual stream. */
  readonly hidden: number;
  readonly intermediate: number;
  readonly heads: number;
  /** Heads of keys and values; each serves heads / keyValueHeads heads of queries. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly vocabulary: number;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  /** The output layer is the embedding table. */
  readonly tied: boolean;
}
