/** HTML in which everything from data is escaped: only the `html` tag and `trusted` make markup. */
import { printable } from "../printable.ts";

/** A class with a private field, so that no parsed JSON can pass for markup. */
export class Markup {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** No numbers: a number becomes text by a format that knows what to do with NaN. */
export type Part = string | Markup | readonly Part[];

/** `html\`<td title="${text}">${cells}</td>\`` for element content and quoted attributes. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(strings.reduce((text, string, at) => text + render(parts[at - 1] ?? "") + string));

/** For text that this package made: a drawing, a style sheet. */
export const trusted = (text: string): Markup => new Markup(text);

export const NOTHING: Markup = new Markup("");

function render(part: Part): string {
  if (typeof part === "string") return escapeText(part);
  return part instanceof Markup ? part.toString() : part.map(render).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
export const escapeText = (text: string): string =>
  printable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** A web address becomes a link, other text stays text; nothing is fetched before a click. */
export const linked = (text: string): Part =>
  /^https:\/\/[^\s]+$/.test(text) ? html`<a href="${text}" rel="noreferrer">${text}</a>` : text;

export const joined = (parts: readonly Part[], separator: Part): Part =>
  parts.flatMap((part, at) => (at === 0 ? [part] : [separator, part]));

/** JSON inside a script element: no `<` may open or close a tag (HTML, 4.12.1.3), no lone surrogate may stay. */
export const jsonScript = (id: string, value: unknown): Markup => {
  const text = JSON.stringify(value).replaceAll("<", "\\u003c");
  return trusted(`<script type="application/json" id="${escapeText(id)}">${text}</script>`);
};
