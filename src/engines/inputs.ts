/** What a user names with `--input`, as items of a task: text or a file, one item or many. */
import { isAbsolute, join } from "node:path";
import { FrugalError, systemCode } from "../core/error.ts";
import type { FileStat, Files, World } from "../core/ports.ts";
import { readWav, type Sound } from "../formats/wav.ts";
import { unreadable } from "./clear-files.ts";
import type { EngineItem } from "./engine.ts";
import { type ReadText, readBytes, readTexts } from "./input-files.ts";
import type { InputKind } from "./task-table.ts";

/** A sound keeps its own rate until the model's is known. */
export interface NamedInput {
  /** `FILE`, `FILE:LINE`, `stdin:LINE` or `input 1`. */
  readonly name: string;
  readonly item: EngineItem | { readonly kind: "sound"; readonly sound: Sound };
}

export interface InputOptions {
  readonly kind: InputKind;
  /** The field of a JSON line that holds the text (the context of a question). */
  readonly field?: string;
  /** A JSON line may hold a conversation, `messages`, instead of a text. */
  readonly chats?: boolean;
  /** Asked of every input, unless a JSON line brings its own `question`. */
  readonly question?: string;
  /** Only the first so many items. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

const STDIN = "-";
/** A word that names a file, not a text: a folder in front or a usual ending, and no blank. */
const LOOKS_LIKE_FILE =
  /^(\.{0,2}\/\S*|\S+\.(txt|md|csv|jsonl|ndjson|json|wav|png|jpe?g|webp|gif|avif|tiff?))$/i;

/** @throws "empty-input" when nothing is left to run, besides what reading throws. */
export async function readInputs(
  world: Pick<World, "files" | "terminal" | "cwd">,
  given: readonly string[],
  options: InputOptions,
): Promise<NamedInput[]> {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const inputs: NamedInput[] = [];
  for (const [index, one] of given.entries()) {
    for await (const input of itemsOf(world, one, `input ${index + 1}`, options)) {
      if (inputs.length >= limit) return inputs;
      inputs.push(input);
    }
  }
  if (inputs.length > 0) return inputs;
  throw new FrugalError({
    code: "empty-input",
    what: "there is nothing to run on",
    why: given.length === 0 ? "no input was given" : `${given.map(nameOf).join(", ")} holds no item`,
    remedy: "give a text, a file or - for standard input with --input",
  });
}

const nameOf = (given: string): string =>
  given === STDIN ? "standard input" : given === "" ? "an empty text" : given;

async function* itemsOf(
  world: Pick<World, "files" | "terminal" | "cwd">,
  given: string,
  label: string,
  options: InputOptions,
): AsyncGenerator<NamedInput> {
  const path = isAbsolute(given) ? given : join(world.cwd, given);
  const isStdin = given === STDIN;
  // A text may be longer than any path that the system takes; an empty one would name the folder itself.
  const mayBePath = given !== "" && given.length < 4_096 && !given.includes("\n") && !given.includes("\0");
  const stat = isStdin || !mayBePath ? undefined : await statOf(world.files, path, given);
  const takesFiles =
    options.kind === "image" || options.kind === "image-question" || options.kind === "audio";
  if (!isStdin && stat === undefined && (takesFiles || LOOKS_LIKE_FILE.test(given))) throw missing(given);
  if (stat !== undefined && stat.kind !== "file" && (takesFiles || LOOKS_LIKE_FILE.test(given))) {
    throw new FrugalError({
      code: "unsupported-input",
      what: `${given} is not a file`,
      why: `it is a ${stat.kind === "folder" ? "folder" : "device or socket"}`,
      remedy: "name its files, for instance with FOLDER/*",
    });
  }
  const open = (): AsyncIterable<Uint8Array> => (isStdin ? world.terminal.input() : world.files.stream(path));
  const name = isStdin ? "stdin" : given;
  if (takesFiles) yield await fileItem(name, await readBytes(name, open(), options.signal), options);
  else if (isStdin || stat?.kind === "file") {
    for await (const { at, ...text } of readTexts(name, open(), options, options.signal)) {
      yield { name: `${name}:${at}`, item: textItem(`${name}:${at}`, text, options) };
    }
  } else if (given.trim() !== "") yield { name: label, item: textItem(label, { text: given }, options) };
}

async function statOf(files: Files, path: string, given: string): Promise<FileStat | undefined> {
  try {
    return await files.stat(path);
  } catch (thrown) {
    // A text without blanks may be longer than the system's longest file name.
    if (systemCode(thrown) === "ENAMETOOLONG") return undefined;
    throw unreadable(given, thrown);
  }
}

const missing = (given: string): FrugalError =>
  new FrugalError({
    code: "file-missing",
    what: `there is no file ${given}`,
    why: "it does not exist here",
    remedy: "check the path; give - to read standard input",
  });

async function fileItem(name: string, bytes: Uint8Array, options: InputOptions): Promise<NamedInput> {
  if (options.kind === "audio") return { name, item: { kind: "sound", sound: readWav(name, bytes) } };
  if (options.kind === "image") return { name, item: { kind: "image", bytes } };
  return { name, item: { kind: "image-question", bytes, question: questionFor(name, options.question) } };
}

function textItem(
  name: string,
  { text, question, messages }: Omit<ReadText, "at">,
  options: InputOptions,
): EngineItem {
  if (messages !== undefined) return { kind: "chat", messages };
  if (options.kind !== "question-context") return { kind: "text", text };
  return {
    kind: "question-context",
    context: text,
    question: questionFor(name, question ?? options.question),
  };
}

function questionFor(name: string, question: string | undefined): string {
  if (question !== undefined && question.trim() !== "") return question;
  throw new FrugalError({
    code: "bad-option",
    what: `${name} comes without a question`,
    why: "this task answers questions about its inputs",
    remedy: "give one with --question, or a field question in each JSON line",
  });
}
