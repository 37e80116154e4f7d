/** One value of a row, and what it must be. Failures say what was found; who asks adds the place. */
import { shortened } from "../../formats/data/data-table.ts";
import type { Message } from "./example.ts";

/** A value that does not fit: becomes an error with file, line and column. */
export class BadCell extends Error {
  /** How the value could look, as JSON or text. */
  readonly example: string;
  constructor(why: string, example: string) {
    super(why);
    this.example = example;
  }
}

const shown = (value: unknown): string =>
  value === undefined ? "missing" : value === "" ? "empty" : shortened(JSON.stringify(value));

/** @param example how the value could look. */
export function text(value: unknown, example = "some text"): string {
  if (typeof value === "string" && value.trim() !== "") {
    if (/\p{Surrogate}/u.test(value))
      throw new BadCell("it holds half of a character", JSON.stringify(example));
    return value;
  }
  throw new BadCell(`it is ${shown(value)} instead of a text`, JSON.stringify(example));
}

/** As `text`, but may be empty. */
export const optionalText = (value: unknown): string =>
  value === undefined || value === null || value === "" ? "" : text(value);

/** A label as text: numbers and truth values are names as well. */
export function label(value: unknown): string {
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)))
    return String(value);
  return text(value, "good").trim();
}

/** Spreadsheets write numbers as text. */
export function number(value: unknown): number {
  const found = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof found === "number" && Number.isFinite(found)) return found;
  throw new BadCell(`it is ${shown(value)} instead of a number`, "0.5");
}

/** A list, or a text that holds one in JSON, as spreadsheets have it. */
export function list(value: unknown, example: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string" && value.trim().startsWith("[")) {
    try {
      return JSON.parse(value) as readonly unknown[];
    } catch {
      throw new BadCell(`it is ${shown(value)}, which is no list in JSON`, example);
    }
  }
  throw new BadCell(`it is ${shown(value)} instead of a list`, example);
}

export const labels = (value: unknown): readonly string[] => [
  ...new Set(list(value, '["sport", "politics"]').map(label)),
];

const CHAT = '[{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]';

/** Names of roles in files of the ShareGPT kind (LLaMA-Factory, data/README.md). */
const ROLES: Readonly<Record<string, string>> = {
  human: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  bot: "assistant",
  function_call: "assistant",
  observation: "tool",
};

/** A conversation: messages with role and content, or with from and value. */
export const messages = (value: unknown): readonly Message[] =>
  list(value, CHAT).map((item, at) => {
    const { role, from, content, value: said, ...rest } = (item ?? {}) as Readonly<Record<string, unknown>>;
    const speaker = role ?? from;
    const of = `its message ${at + 1}`;
    if (typeof speaker !== "string" || speaker === "") throw new BadCell(`${of} has no role`, CHAT);
    // An answer that only calls a tool has no content of its own.
    const spoken = content ?? said ?? (rest["tool_calls"] === undefined ? undefined : "");
    const words = Array.isArray(spoken) ? spoken.map(textPart).join("") : spoken;
    if (typeof words !== "string") {
      throw new BadCell(
        `${of}, of ${speaker}, has a content that is ${shown(words)} instead of a text`,
        CHAT,
      );
    }
    return { ...rest, role: ROLES[speaker] ?? speaker, content: words };
  });

/** Contents may come in parts; pictures and sounds are none that a text model learns from. */
function textPart(part: unknown): string {
  const { type, text: words } = (part ?? {}) as { type?: unknown; text?: unknown };
  if (type === "text" && typeof words === "string") return words;
  throw new BadCell(
    `a part of a content is ${shown(type)} instead of a text`,
    '{"type": "text", "text": "…"}',
  );
}
