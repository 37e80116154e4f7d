/** Which tokens of a conversation the assistant says. */
import { FrugalError } from "../../core/error.ts";
import type { ChatTemplate } from "../../models/chat-template.ts";
import type { Tokenizer } from "../../models/open-tokenizer.ts";
import type { Example } from "./example.ts";
import { type Marked, sharedStart } from "./marked.ts";

export interface AnswerOptions {
  readonly tokenizer: Pick<Tokenizer, "encode">;
  readonly template: ChatTemplate;
  /** File and line, for what is wrong. */
  readonly place: string;
}

interface Rendered {
  /** Up to where the assistant begins to answer. */
  readonly before: string;
  /** With the answer. */
  readonly after: string;
}

/**
 * The whole conversation with all its answers; or, where the template writes an earlier answer in another way once the conversation
 * has gone on (Qwen 3 drops what was thought), each answer with what came before it, as the model sees it when it answers.
 * @throws "bad-data" for a template that writes nothing of an answer.
 */
export function answerSpans(
  { messages, answersFrom, tools }: Example<"chat">,
  { tokenizer, template, place }: AnswerOptions,
): readonly Marked[] {
  const write = (count: number, generationPrompt: boolean): string => {
    try {
      const options = { generationPrompt, ...(tools !== undefined && { tools }) };
      return template.render(messages.slice(0, count), options);
    } catch (thrown) {
      if (!(thrown instanceof FrugalError)) throw thrown;
      const { code, why, remedy } = thrown;
      throw new FrugalError({
        code,
        what: `${place}, cannot be written by the chat template`,
        why,
        remedy,
        cause: thrown,
      });
    }
  };
  const answers = messages.flatMap(({ role }, at) => (role === "assistant" && at >= answersFrom ? [at] : []));
  const rendered = answers.map((at): Rendered => {
    const after = write(at + 1, false);
    const asked = at === 0 ? opening(() => write(0, true)) : write(at, true);
    const before = after.startsWith(asked) ? asked : sharedText(asked, after);
    const least = at === 0 ? "" : write(at, false);
    if (before.length < sharedText(least, after).length || after.length === before.length) {
      throw new FrugalError({
        code: "bad-data",
        what: `${place}, message ${at + 1}, cannot be learned`,
        why: `the chat template ${template.name} writes nothing of it`,
        remedy: "correct the message, or take another template: --chat-template chatml",
      });
    }
    return { before, after };
  });
  // Nothing is learned of what follows the last answer.
  const whole = rendered.at(-1)!.after;
  if (rendered.every(({ after }) => whole.startsWith(after))) return [mark(whole, rendered, tokenizer)];
  return rendered.map((one) => mark(one.after, [one], tokenizer));
}

/** What is written before anybody has said anything, which many templates take for a mistake. */
function opening(write: () => string): string {
  try {
    return write();
  } catch {
    return "";
  }
}

function mark(text: string, answers: readonly Rendered[], { encode }: Pick<Tokenizer, "encode">): Marked {
  const ids = encode(text);
  const cuts = answers.flatMap(({ before, after }) => [before.length, after.length]);
  const places = placesOfPieces(text, ids, cuts, encode);
  // A token that holds both the end of the question and the start of the answer is learned with the answer.
  const place = (cut: number): number => places?.get(cut) ?? sharedStart(ids, encode(text.slice(0, cut)));
  return { ids, spans: answers.map(({ before, after }) => [place(before.length), place(after.length)]) };
}

/** Where the text between cuts, tokenized alone, gives the same tokens, no text need be tokenized again from its start. */
function placesOfPieces(
  text: string,
  ids: readonly number[],
  cuts: readonly number[],
  encode: Tokenizer["encode"],
): ReadonlyMap<number, number> | undefined {
  const places = new Map<number, number>();
  const all: number[] = [];
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    for (const id of encode(text.slice(from, cut))) all.push(id);
    places.set(cut, all.length);
    from = cut;
  }
  return all.length === ids.length && sharedStart(all, ids) === ids.length ? places : undefined;
}

function sharedText(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return a.slice(0, at);
}
