/** What can be trained on: one kind of example per shape of data. */

export interface Message {
  readonly role: string;
  readonly content: string;
  /** What the format has beside them, such as tool_calls: handed to the chat template as it is. */
  readonly [key: string]: unknown;
}

/** One text, or a pair of texts that is judged together. */
export interface TextInput {
  readonly text: string;
  readonly pair?: string;
}

export interface ExampleKinds {
  readonly classification: TextInput & { readonly label: string };
  readonly regression: TextInput & { readonly value: number };
  readonly "multi-label": TextInput & { readonly labels: readonly string[] };
  readonly "token-classification": { readonly tokens: readonly string[]; readonly tags: readonly string[] };
  /** Texts that shall lie close together, with others that shall not: [anchor, positive] or [anchor, positive, negative]. */
  readonly similar: { readonly texts: readonly string[] };
  /** Two texts, and how close they shall lie. */
  readonly "scored-pair": { readonly texts: readonly string[]; readonly value: number };
  /** Answers from message `answersFrom` on are learned; 0: those of the whole conversation. */
  readonly chat: {
    readonly messages: readonly Message[];
    readonly answersFrom: number;
    readonly tools?: readonly unknown[];
  };
  readonly completion: { readonly prompt: string; readonly completion: string };
  readonly text: { readonly text: string };
}

export type ExampleKind = keyof ExampleKinds;
export type Example<K extends ExampleKind = ExampleKind> = ExampleKinds[K];

/** Examples of one kind, in the order of the file. */
export interface ExamplesOf<K extends ExampleKind> {
  readonly kind: K;
  readonly examples: readonly ExampleKinds[K][];
}
/** Told apart by `kind`. */
export type Examples = { [K in ExampleKind]: ExamplesOf<K> }[ExampleKind];
