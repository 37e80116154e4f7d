/** Where a text stops being JSON, and why: the messages of JSON.parse differ by engine and may name no place. */

export interface JsonProblem {
  /** In UTF-16 code units, from 0. */
  readonly offset: number;
  readonly reason: string;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[\p{L}_][\p{L}\p{N}_]*/uy;
const INSTEAD: Readonly<Record<string, string>> = {
  None: "null",
  True: "true",
  False: "false",
  NaN: "null",
  Infinity: "null",
  undefined: "null",
};
/** Deeper values are no rows of data, and would end our own recursion. */
const DEEPEST = 500;

/** undefined for JSON (RFC 8259). */
export function jsonProblem(text: string): JsonProblem | undefined {
  let at = 0;
  let problem: JsonProblem | undefined;
  const no = (reason: string, offset = at): false => {
    problem ??= { offset, reason };
    return false;
  };
  const space = (): void => {
    while (at < text.length && " \t\n\r".includes(text[at]!)) at++;
  };
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const ended = (what: string): false => no(`the text ends inside ${what}`, text.length);

  function string(): boolean {
    const start = at++;
    for (; at < text.length; at++) {
      const char = text[at]!;
      if (char === '"') {
        at++;
        return true;
      }
      if (char < " ") return no("a line break or another control inside a text is written \\n or \\u00XX");
      if (char !== "\\") continue;
      if (!/^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(text.slice(at + 1, at + 6))) {
        return no('a backslash inside a text is written twice: "\\\\"');
      }
      at++;
    }
    return no("a text is opened with a quote here and never closed", start);
  }

  /** Items between brackets, with commas between them. */
  function list(close: string, what: string, item: () => boolean): boolean {
    at++;
    space();
    if (text[at] === close) {
      at++;
      return true;
    }
    for (;;) {
      if (!item()) return false;
      space();
      if (at >= text.length) return ended(what);
      if (text[at] === close) {
        at++;
        return true;
      }
      if (text[at] !== ",") return no(`a comma or ${close} is missing`);
      const comma = at++;
      space();
      if (text[at] === close) return no(`there is a comma before ${close}`, comma);
    }
  }

  function entry(depth: number): boolean {
    space();
    if (at >= text.length) return ended("an object");
    if (text[at] !== '"') return no("a name is written in double quotes");
    if (!string()) return false;
    space();
    if (text[at] !== ":") return no("a colon is missing between a name and its value");
    at++;
    return value(depth);
  }

  function value(depth: number): boolean {
    space();
    if (depth > DEEPEST) return no(`values are nested more than ${DEEPEST} deep`);
    const char = text[at];
    if (char === undefined) return no("a value is missing", text.length);
    if (char === "{") return list("}", "an object", () => entry(depth + 1));
    if (char === "[") return list("]", "a list", () => value(depth + 1));
    if (char === '"') return string();
    if (char === "'") return no("texts are written in double quotes");
    const start = at;
    if (take(NUMBER) !== undefined) return true;
    const word = take(WORD);
    if (word === "true" || word === "false" || word === "null") return true;
    if (word === undefined) return no(`${JSON.stringify(char)} begins no value`, start);
    const instead = INSTEAD[word];
    return no(
      instead === undefined ? `${word} is written in double quotes` : `${word} is no JSON; write ${instead}`,
      start,
    );
  }

  if (!value(0)) return problem;
  space();
  if (at < text.length) no("more text follows where the value has ended");
  return problem;
}

/** Texts, words, commas before a bracket or the end, and every other character on its own. */
const PIECE = /"(?:[^"\\]|\\.)*"|'((?:[^'\\]|\\.)*)'|([\p{L}_]+)|(,\s*(?=[}\]]|$))|./gsu;

/** What was probably meant: double quotes, JSON's own words, no stray commas, closed brackets. undefined where that is no JSON either. */
export function repairedJson(text: string): string | undefined {
  const open: string[] = [];
  const pieces = text
    .trim()
    .replaceAll(PIECE, (piece: string, single?: string, word?: string, stray?: string) => {
      if (single !== undefined) return JSON.stringify(single.replaceAll(/\\(['"])/g, "$1"));
      if (word !== undefined) {
        return INSTEAD[word] ?? (["true", "false", "null"].includes(word) ? word : JSON.stringify(word));
      }
      if (piece === "{" || piece === "[") open.push(piece === "{" ? "}" : "]");
      if (piece === "}" || piece === "]") open.pop();
      return stray === undefined ? piece : "";
    });
  const repaired = pieces + open.reverse().join("");
  return jsonProblem(repaired) === undefined ? repaired : undefined;
}
