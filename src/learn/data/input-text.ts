/** What an example asks, apart from its answer: examples that ask the same belong to one part of a split. */
import type { Dataset } from "./open-dataset.ts";

/** One text for each example. */
export function inputTexts(dataset: Dataset): readonly string[] {
  switch (dataset.kind) {
    case "classification":
    case "multi-label":
    case "regression":
      return dataset.examples.map(({ text, pair }) => joined(pair === undefined ? [text] : [text, pair]));
    case "token-classification":
      return dataset.examples.map(({ tokens }) => joined(tokens));
    case "similar":
    case "scored-pair":
      return dataset.examples.map(({ texts }) => joined(texts));
    case "chat":
      return dataset.examples.map(({ messages }) =>
        joined(messages.slice(0, lastAnswer(messages)).map(({ role, content }) => `${role}: ${content}`)),
      );
    case "completion":
      return dataset.examples.map(({ prompt }) => joined([prompt]));
    case "text":
      return dataset.examples.map(({ text }) => joined([text]));
    default:
      return dataset satisfies never;
  }
}

/** Copies differ in case and spaces. */
const joined = (texts: readonly string[]): string =>
  texts.map((text) => text.normalize("NFC").toLowerCase().replaceAll(/\s+/g, " ").trim()).join("\n");

/** All messages where nobody asks. */
const lastAnswer = (messages: readonly { readonly role: string }[]): number =>
  messages.reduce((last, { role }, at) => (role === "assistant" && at > 0 ? at : last), messages.length);
