/**
 * Shapes of data as a table: what columns each has, under which names, and how a row becomes an example. The names are those of
 * TRL, LLaMA-Factory, axolotl, AutoTrain, sentence-transformers and the fine-tuning files of OpenAI.
 */
import { BadCell, label, labels, list, messages, number, optionalText, text } from "./cell.ts";
import type { Example, ExampleKind, ExampleKinds, Message } from "./example.ts";

export type ShapeName =
  | "messages"
  | "sharegpt"
  | "tagged"
  | "triplets"
  | "pairs"
  | "scored-pairs"
  | "labelled-pairs"
  | "alpaca"
  | "chat-completion"
  | "completion"
  | "multi-label"
  | "regression"
  | "classification"
  | "text";

export interface Column {
  readonly name: string;
  /** What is there of it, without what is absent. */
  readonly values: readonly unknown[];
}

export interface Shape<K extends ExampleKind = ExampleKind> {
  readonly kind: K;
  /** Names of the column of each role, the most usual first. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly optional?: readonly string[];
  /** A row that can be used, as JSON. */
  readonly example: string;
  /** Of several shapes with the same columns: whether the values are of this one. */
  readonly when?: (column: (role: string) => Column) => boolean;
  /** Throws BadCell for the role that was read last. */
  readonly parse: (cell: (role: string) => unknown) => ExampleKinds[K];
}

const TEXT = ["text", "sentence", "content", "body", "review", "comment", "message", "document", "utterance"];
const LABEL = ["label", "class", "category", "target", "intent", "sentiment", "topic"];
const FIRST = ["sentence1", "premise", "text1", "question1", "sentence_A"];
const SECOND = ["sentence2", "hypothesis", "text2", "question2", "sentence_B"];
const SCORE = ["score", "similarity", "similarity_score"];
/** Numbers in a column of such a name are no classes, however few there are. */
const SCALES = [...SCORE, "value", "rating"];
const ANCHOR = ["anchor", "query", "question"];
const POSITIVE = ["positive", "answer", "pos"];

const isList = (value: unknown): boolean =>
  Array.isArray(value) || (typeof value === "string" && value.trim().startsWith("["));
const isNumber = (value: unknown): boolean =>
  typeof value === "number" ||
  (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)));

/** Whole numbers of so few kinds are numbered classes, others are a scale. */
const MOST_NUMBERED_CLASSES = 20;
function isScale({ name, values }: Column): boolean {
  if (!values.every(isNumber)) return false;
  if (SCALES.includes(name.toLowerCase())) return true;
  const numbers = new Set(values.map(Number));
  return numbers.size > MOST_NUMBERED_CLASSES || [...numbers].some((value) => !Number.isInteger(value));
}

const shape = <K extends ExampleKind>(of: Shape<K>): Shape<K> => of;

function conversation(found: readonly Message[], answersFrom: number, tools: unknown): Example<"chat"> {
  if (!found.slice(answersFrom).some(({ role }) => role === "assistant")) {
    throw new BadCell(
      "it has no message of the assistant, so nothing can be learned from it",
      '[{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]',
    );
  }
  return { messages: found, answersFrom, ...(Array.isArray(tools) && tools.length > 0 && { tools }) };
}

/** "instruction" and "input" are one question, as LLaMA-Factory puts them together; history is a list of [question, answer]. */
function alpaca(cell: (role: string) => unknown): Example<"chat"> {
  const system = optionalText(cell("system"));
  const turns = cell("history") ?? [];
  const history = list(turns, '[["question", "answer"]]').flatMap((turn): Message[] => {
    const [question, answer] = list(turn, '["question", "answer"]');
    return [
      { role: "user", content: text(question) },
      { role: "assistant", content: text(answer) },
    ];
  });
  const question = [text(cell("instruction")), optionalText(cell("input"))]
    .filter((part) => part !== "")
    .join("\n");
  const answer = text(cell("output"));
  const before: Message[] = [...(system === "" ? [] : [{ role: "system", content: system }]), ...history];
  return conversation(
    [...before, { role: "user", content: question }, { role: "assistant", content: answer }],
    0,
    undefined,
  );
}

/** Sides may be texts, or lists of messages (TRL, "conversational prompt-completion"). */
function promptCompletion(cell: (role: string) => unknown): Example<"chat"> {
  const tools = cell("tools");
  const prompt = messages(cell("prompt"));
  return conversation([...prompt, ...messages(cell("completion"))], prompt.length, tools);
}

function tagged(cell: (role: string) => unknown): Example<"token-classification"> {
  const tokens = list(cell("tokens"), '["Ada", "lives"]').map((token) => text(token, "Ada"));
  const tags = list(cell("tags"), '["B-PER", "O"]').map(label);
  if (tokens.length === 0) throw new BadCell("it has no tokens", '["Ada", "lives"]');
  if (tags.length !== tokens.length) {
    throw new BadCell(
      `it has ${tags.length} tags for ${tokens.length} tokens`,
      JSON.stringify(tokens.map((_, at) => tags[at] ?? "O")),
    );
  }
  return { tokens, tags };
}

/** In the order in which they are tried: those that ask for most come first. */
export const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  messages: shape({
    kind: "chat",
    roles: { messages: ["messages"], tools: ["tools"] },
    optional: ["tools"],
    example: '{"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}',
    parse(cell) {
      const tools = cell("tools");
      return conversation(messages(cell("messages")), 0, tools);
    },
  }),
  sharegpt: shape({
    kind: "chat",
    roles: { conversations: ["conversations", "conversation"], system: ["system"], tools: ["tools"] },
    optional: ["system", "tools"],
    example: '{"conversations": [{"from": "human", "value": "…"}, {"from": "gpt", "value": "…"}]}',
    parse(cell) {
      const tools = cell("tools");
      const system = optionalText(cell("system"));
      const before = system === "" ? [] : [{ role: "system", content: system }];
      const found = messages(cell("conversations"));
      return conversation([...before, ...found], 0, tools);
    },
  }),
  tagged: shape({
    kind: "token-classification",
    roles: { tokens: ["tokens", "words"], tags: ["tags", "ner_tags", "pos_tags", "chunk_tags", "labels"] },
    example: '{"tokens": ["Ada", "lives"], "tags": ["B-PER", "O"]}',
    when: (column) => column("tokens").values.every(isList) && column("tags").values.every(isList),
    parse: tagged,
  }),
  triplets: shape({
    kind: "similar",
    roles: { anchor: ANCHOR, positive: POSITIVE, negative: ["negative", "neg"] },
    example: '{"anchor": "a cat", "positive": "a kitten", "negative": "a car"}',
    parse: (cell) => ({ texts: ["anchor", "positive", "negative"].map((role) => text(cell(role))) }),
  }),
  pairs: shape({
    kind: "similar",
    roles: { anchor: ANCHOR, positive: POSITIVE },
    example: '{"anchor": "a cat", "positive": "a kitten"}',
    parse: (cell) => ({ texts: ["anchor", "positive"].map((role) => text(cell(role))) }),
  }),
  "scored-pairs": shape({
    kind: "scored-pair",
    roles: { first: FIRST, second: SECOND, score: [...SCORE, ...LABEL] },
    example: '{"sentence1": "a cat", "sentence2": "a kitten", "score": 0.8}',
    when: (column) => isScale(column("score")),
    parse: (cell) => ({ texts: [text(cell("first")), text(cell("second"))], value: number(cell("score")) }),
  }),
  "labelled-pairs": shape({
    kind: "classification",
    roles: { first: FIRST, second: SECOND, label: LABEL },
    example: '{"sentence1": "It rains.", "sentence2": "It is wet.", "label": "entailment"}',
    parse: (cell) => ({ text: text(cell("first")), pair: text(cell("second")), label: label(cell("label")) }),
  }),
  alpaca: shape({
    kind: "chat",
    roles: {
      instruction: ["instruction"],
      input: ["input"],
      output: ["output", "response"],
      system: ["system"],
      history: ["history"],
    },
    optional: ["input", "system", "history"],
    example: '{"instruction": "…", "input": "", "output": "…"}',
    parse: alpaca,
  }),
  "chat-completion": shape({
    kind: "chat",
    roles: { prompt: ["prompt"], completion: ["completion"], tools: ["tools"] },
    optional: ["tools"],
    example:
      '{"prompt": [{"role": "user", "content": "…"}], "completion": [{"role": "assistant", "content": "…"}]}',
    when: (column) => column("prompt").values.some(isList),
    parse: promptCompletion,
  }),
  completion: shape({
    kind: "completion",
    roles: { prompt: ["prompt"], completion: ["completion"] },
    example: '{"prompt": "…", "completion": "…"}',
    parse: (cell) => ({ prompt: text(cell("prompt")), completion: text(cell("completion")) }),
  }),
  "multi-label": shape({
    kind: "multi-label",
    roles: { text: TEXT, label: ["labels", ...LABEL] },
    example: '{"text": "…", "labels": ["sport", "politics"]}',
    when: (column) => column("label").values.some(isList),
    parse: (cell) => ({ text: text(cell("text")), labels: labels(cell("label")) }),
  }),
  regression: shape({
    kind: "regression",
    roles: { text: TEXT, label: [...SCALES, ...LABEL] },
    example: '{"text": "…", "label": 3.5}',
    when: (column) => isScale(column("label")),
    parse: (cell) => ({ text: text(cell("text")), value: number(cell("label")) }),
  }),
  classification: shape({
    kind: "classification",
    roles: { text: TEXT, label: LABEL },
    example: '{"text": "…", "label": "good"}',
    parse: (cell) => ({ text: text(cell("text")), label: label(cell("label")) }),
  }),
  text: shape({
    kind: "text",
    roles: { text: TEXT },
    example: '{"text": "…"}',
    parse: (cell) => ({ text: text(cell("text")) }),
  }),
};

export const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[];
