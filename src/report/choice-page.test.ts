import fc from "fast-check";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { anyChoice, anyReceipt, BROKEN } from "../../test/support/choice-arbitraries.ts";
import {
  MAIL_REPORT,
  MEASURED_REPORT,
  RECEIPT_LIST,
  SPEECH_REPORT,
} from "../../test/support/choice-reports.ts";
import { CHOICE_PAGE_SCHEMA, choicePage } from "./choice-page.ts";

const PAGE = choicePage([MAIL_REPORT, SPEECH_REPORT], RECEIPT_LIST);
const parsed = (page: string) => parseHTML(page).document;
type Page = ReturnType<typeof parsed>;
const textOf = (page: string): string => parsed(page).body.textContent.replaceAll(/\s+/g, " ");

test("the page of two jobs looks as reviewed", async () => {
  await expect(PAGE).toMatchFileSnapshot("../../test/golden/choice-page.html");
});

test("the answer stands before any evidence: question, pick, why, and that no model is needed", () => {
  const answers = [...parsed(PAGE).querySelectorAll(".answer")];
  expect(answers.map((card) => card.querySelector("h2").textContent)).toEqual([
    "Which model sorts mail with the least energy?",
    "Is the smallest speech model good enough?",
  ]);
  expect(answers[0].textContent).toContain("TF-IDF + logistic regression");
  expect(answers[0].textContent).toContain("The greenest model is the one you don’t need.");
  expect(answers[1].textContent).not.toContain("greenest");
  expect(answers[1].textContent).toContain("Likely, not sure");
  expect(PAGE.indexOf("pick some")).toBeLessThan(PAGE.indexOf("<figure>"));
});

test("when none meets the floor the page says so first", () => {
  const { picked: _, ...none } = MAIL_REPORT;
  expect(parsed(choicePage([none], [])).querySelector(".pick").textContent).toContain(
    "None of them does the job",
  );
});

test("modelled energy is called relative energy, measured energy is not", () => {
  expect(textOf(PAGE)).toContain("Relative energy per 1,000 mails");
  expect(textOf(PAGE)).not.toMatch(/[^e] [Ee]nergy per 1,000 mails/);
  expect(
    [...parsed(PAGE).querySelectorAll("details.receipt dt")].map((term) => term.textContent),
  ).not.toContain("Energy");
  const measured = textOf(choicePage([MEASURED_REPORT], []));
  expect(measured).toContain("Energy per 1,000 mails");
  expect(measured).not.toMatch(/relative energy/i);
});

test("every figure that the choice holds is on the page", () => {
  const text = textOf(PAGE);
  for (const figure of [
    "97.0 % (95.3 … 98.1 %)",
    "Wilson score, 600 test items",
    "34.4 × (31.2 … 37.9 ×)",
    "108 mWh",
    "in 32 s",
    "54.4 MB",
    "Apache-2.0",
    "Seed 3",
    "93.4 %",
    "librivox-0880.wav",
    "15.4 %",
    "seven of diamond and two",
    "duplicates removed213",
    "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab",
    "0.002 kWh per 1,000 inferences",
    "never added to them or taken off",
    "473 gCO2e/kWh (236 … 946)",
    "CC BY-SA 4.0",
    "AMD EPYC 7B13",
    "paired bootstrap over repeats",
    "no GPU is visible to this process",
    "cpu-time × 3.5 W per busy thread",
    "process-tree",
    "98 %",
  ]) {
    // biome-ignore format: one list
    expect(text).toContain(figure);
  }
});

test("it is one file: nothing is loaded, no script runs, and the policy forbids both", () => {
  const document = parsed(PAGE);
  expect(document.querySelectorAll("link, img, iframe, object, [src], [onclick], [onload]")).toHaveLength(0);
  expect([...document.querySelectorAll("script")].map((one) => one.getAttribute("type"))).toEqual([
    "application/json",
  ]);
  expect(PAGE).not.toMatch(/@import|url\(/);
  expect(document.querySelector("meta[http-equiv]").getAttribute("content")).toMatch(
    /^default-src 'none'; style-src 'unsafe-inline'/,
  );
});

test("its data comes back from the page as it went in", () => {
  const text = parsed(PAGE).querySelector("#report-data").textContent;
  expect(JSON.parse(text)).toEqual({
    schema: CHOICE_PAGE_SCHEMA,
    reports: [MAIL_REPORT, SPEECH_REPORT],
    receipts: RECEIPT_LIST,
  });
});

test("a receipt is linked where it is on the page, and named as missing where it is not", () => {
  const document = parsed(PAGE);
  const link = document.querySelector(`.cards code[title="${RECEIPT_LIST[0]!.id}"]`).parentElement;
  expect(document.querySelector(link.getAttribute("href")).closest("details")).not.toBeNull();
  expect(textOf(PAGE)).not.toContain("not in this report");
  expect(textOf(choicePage([MAIL_REPORT], []))).toContain("not in this report");
});

/** What would trouble assistive technology or a browser. */
function troubles(document: Page): readonly string[] {
  const all = (selector: string) => [...document.querySelectorAll(selector)];
  const ids = new Set(all("[id]").map((one) => one.id));
  const levels = all("h1, h2, h3, h4").map((heading) => Number(heading.tagName.slice(1)));
  const lost = [
    ...all('a[href^="#"]').map((link) => link.getAttribute("href").slice(1)),
    ...all("[aria-labelledby]").map((one) => one.getAttribute("aria-labelledby")),
  ].filter((id) => !ids.has(id));
  const isUneven = (table: {
    querySelectorAll(selector: string): Iterable<{ children: { length: number } }>;
  }) => {
    const columns = [...table.querySelectorAll("thead th")].length;
    return [...table.querySelectorAll("tbody tr")].some((row) => row.children.length !== columns);
  };
  return [
    ...(ids.size === all("[id]").length ? [] : ["an id occurs twice"]),
    ...lost.map((id) => `nothing has the id ${id}`),
    ...(levels.filter((level) => level === 1).length === 1 ? [] : ["not one h1"]),
    ...levels.flatMap((level, at) => (level - (levels[at - 1] ?? 0) > 1 ? [`h${level} after a gap`] : [])),
    ...all("table").flatMap((table) => (table.querySelector("caption") === null ? ["no caption"] : [])),
    ...all("table").flatMap((table) => (isUneven(table) ? ["rows of different length"] : [])),
  ];
}

test("headings nest, tables have captions and even rows, ids are unique, links lead somewhere", () => {
  expect(troubles(parsed(PAGE))).toEqual([]);
});

const tagsOf = (page: Page): readonly string[] =>
  [...page.querySelectorAll("*")].map((one) => one.tagName.toLowerCase());

test("any choice makes a sound page: nothing broken is printed, and no text becomes an element", () => {
  const known = new Set(tagsOf(parsed(PAGE)));
  fc.assert(
    fc.property(
      fc.array(anyChoice, { maxLength: 2 }),
      fc.array(anyReceipt, { maxLength: 2 }),
      (reports, receipts) => {
        const page = choicePage(reports, receipts);
        expect(page).not.toMatch(BROKEN);
        expect(page.match(/<script/gi)).toHaveLength(1);
        const document = parsed(page);
        expect(tagsOf(document).filter((tag) => !known.has(tag))).toEqual([]);
        expect(troubles(document)).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});
