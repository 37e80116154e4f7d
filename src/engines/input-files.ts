/** Files and standard input as texts or bytes; plain lines or JSON lines, told apart by name or first line. */
import { aborted, FrugalError } from "../core/error.ts";
import { joinBytes } from "../formats/join-bytes.ts";
import { textLines } from "../formats/text-lines.ts";
import type { ChatMessage } from "../models/chat-template.ts";
import { unreadable } from "./clear-files.ts";

export interface ReadText {
  /** Line, from 1. */
  readonly at: number;
  readonly text: string;
  /** The field `question` of a JSON line. */
  readonly question?: string;
  /** The field `messages` of a JSON line, where conversations are taken. */
  readonly messages?: readonly ChatMessage[];
}

export interface TextFields {
  /** The field that holds the text. */
  readonly field?: string;
  /** A line may hold a conversation instead of a text. */
  readonly chats?: boolean;
}

const DEFAULT_FIELD = "text";
/** Pictures and recordings are read whole: a larger one is most likely a mistake. */
const LARGEST_FILE_BYTES = 512 * 1024 * 1024;

/** Blank lines are left out. */
export async function* readTexts(
  name: string,
  source: AsyncIterable<Uint8Array>,
  { field, chats = false }: TextFields = {},
  signal?: AbortSignal,
): AsyncGenerator<ReadText> {
  let asJson = field !== undefined || /\.(jsonl|ndjson)$/i.test(name) ? true : undefined;
  for await (const { number, text } of textLines(name, readable(name, source, signal))) {
    if (text.trim() === "") continue;
    // Standard input has no name: its first line decides.
    asJson ??= name === "stdin" && isJsonObject(text);
    if (asJson)
      yield { at: number, ...parseLine(name, number, text, { field: field ?? DEFAULT_FIELD, chats }) };
    else yield { at: number, text };
  }
}

/** @throws "empty-input" for a file of no bytes. */
export async function readBytes(
  name: string,
  source: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of readable(name, source, signal)) {
    size += part.length;
    if (size > LARGEST_FILE_BYTES) {
      throw new FrugalError({
        code: "unsupported-input",
        what: `${name} is too large`,
        why: `it has more than ${LARGEST_FILE_BYTES} bytes`,
        remedy: "give a smaller file, or cut it into parts",
      });
    }
    parts.push(part.slice());
  }
  if (size === 0) {
    throw new FrugalError({
      code: "empty-input",
      what: `${name} is empty`,
      why: "it has no bytes",
      remedy: "give a file with something in it",
    });
  }
  return joinBytes(parts);
}

async function* readable(
  name: string,
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  // Standard input may wait for ever: an open stream would also keep the process alive.
  const stop = (): void => {
    if ("destroy" in source && typeof source.destroy === "function") source.destroy();
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      if (signal?.aborted) throw aborted(`reading ${name}`, signal.reason);
      const next = await chunks.next();
      if (next.done) break;
      yield next.value;
    }
  } catch (thrown) {
    if (signal?.aborted) throw aborted(`reading ${name}`, signal.reason);
    if (thrown instanceof FrugalError) throw thrown;
    throw unreadable(name, thrown);
  } finally {
    signal?.removeEventListener("abort", stop);
  }
  if (signal?.aborted) throw aborted(`reading ${name}`, signal.reason);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function parseLine(
  name: string,
  number: number,
  line: string,
  { field, chats }: Required<TextFields>,
): Omit<ReadText, "at"> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (thrown) {
    throw badLine(name, number, "it is not JSON", "give one JSON object per line", thrown);
  }
  const fields = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const { messages } = fields;
  if (chats && isChat(messages)) return { text: "", messages };
  const text = fields[field];
  if (typeof text !== "string") {
    const names = Object.keys(fields).join(", ");
    const remedy =
      names === "" ? "give one JSON object per line" : `name the right one with --field, one of: ${names}`;
    throw badLine(name, number, `it has no text in the field ${field}`, remedy);
  }
  const { question } = fields;
  return typeof question === "string" ? { text, question } : { text };
}

const isChat = (value: unknown): value is readonly ChatMessage[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => typeof one?.role === "string" && typeof one?.content === "string");

const badLine = (name: string, number: number, why: string, remedy: string, cause?: unknown): FrugalError =>
  new FrugalError({ code: "bad-data", what: `line ${number} of ${name} cannot be used`, why, remedy, cause });
