import fc from "fast-check";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { codeUnits, HOSTILE } from "../../../test/support/choice-arbitraries.ts";
import { printable } from "../printable.ts";
import { html, joined, jsonScript, linked, type Part, trusted } from "./markup.ts";

const text = fc.oneof(fc.constantFrom(...HOSTILE), codeUnits);

test("a text comes back from a parser as it went in, as content and as attribute", () => {
  fc.assert(
    fc.property(text, (given) => {
      const page = html`<p title="${given}">${given}</p>`.toString();
      const { document } = parseHTML(`<!doctype html><html><body>${page}</body></html>`);
      expect(document.body.children).toHaveLength(1);
      expect(document.querySelector("p").textContent).toBe(printable(given));
      expect(page).not.toMatch(/<(?!p title="|\/p>)/);
    }),
  );
});

test("nested markup is not escaped twice, and lists are joined", () => {
  expect(html`<b>${["a&", html`<i>${"<"}</i>`]}</b>`.toString()).toBe("<b>a&amp;<i>&lt;</i></b>");
  expect(html`${joined(["a", "b"], trusted("<br>"))}`.toString()).toBe("a<br>b");
});

test("an object from JSON cannot pass for markup", () => {
  const forged = JSON.parse('{"text":"<script>"}') as Part;
  expect(() => html`${forged}`.toString()).toThrow();
});

test("only a whole https address becomes a link", () => {
  const shown = (address: string): string => html`${linked(address)}`.toString();
  expect(shown("https://example.org/?a=1&b=2")).toBe(
    '<a href="https://example.org/?a=1&amp;b=2" rel="noreferrer">https://example.org/?a=1&amp;b=2</a>',
  );
  for (const other of [
    "javascript:alert(1)",
    "http://example.org",
    "npm: thing",
    "see https://example.org",
  ]) {
    expect(shown(other)).not.toContain("<a");
  }
});

test("JSON in a script element cannot close it and comes back as the same value", () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.jsonValue()), (value) => {
      const element = jsonScript("data", { value }).toString();
      expect(element.match(/<\/?script/gi)).toHaveLength(2);
      const inner = element.slice(element.indexOf(">") + 1, element.lastIndexOf("<"));
      expect(JSON.parse(inner)).toEqual(JSON.parse(JSON.stringify({ value })));
    }),
  );
});
