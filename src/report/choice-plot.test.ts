import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { MAIL_REPORT, MEASURED_REPORT, SPEECH_REPORT } from "../../test/support/choice-reports.ts";
import { choicePlot } from "./choice-plot.ts";

const WIDE = { width: 720, height: 400, id: "plot" };
const parsed = (svg: string | undefined) => parseHTML(`<html><body>${svg ?? ""}</body></html>`).document;

test.each([
  ["mail", MAIL_REPORT],
  ["speech", SPEECH_REPORT],
  ["measured", MEASURED_REPORT],
])("the plot of %s looks as reviewed", async (name, report) => {
  await expect(`${choicePlot(report, WIDE)}\n`).toMatchFileSnapshot(
    `../../test/golden/choice-plot-${name}.svg`,
  );
});

test("it has a name, a description with every figure, and no part that a reader would meet by itself", () => {
  const document = parsed(choicePlot(MAIL_REPORT, WIDE));
  const svg = document.querySelector("svg");
  expect(svg.getAttribute("role")).toBe("img");
  expect(document.getElementById(svg.getAttribute("aria-labelledby")).textContent).toBe(
    "Spam mail: accuracy against relative energy",
  );
  expect(document.getElementById(svg.getAttribute("aria-describedby")).textContent).toContain(
    "MiniLM + trained head: 92.3 % (89.7 … 94.3 %), 34.4 × (31.2 … 37.9 ×).",
  );
  expect(svg.querySelectorAll("[aria-label]")).toHaveLength(0);
});

test("better is on top for either kind of metric", () => {
  const lineOf = (report: typeof MAIL_REPORT): number => {
    const line = parsed(choicePlot(report, WIDE)).querySelector(
      "line[stroke-dasharray], [stroke-dasharray] line",
    );
    return Number(line.getAttribute("y1"));
  };
  const centreOf = (report: typeof MAIL_REPORT): number =>
    Number(parsed(choicePlot(report, WIDE)).querySelector("circle").getAttribute("cy"));
  // Both candidates do the job: they stand above the floor's line, y grows downwards.
  expect(centreOf(MAIL_REPORT)).toBeLessThan(lineOf(MAIL_REPORT));
  expect(centreOf(SPEECH_REPORT)).toBeLessThan(lineOf(SPEECH_REPORT));
});

test("the picked one is ringed, and what misses the floor is a cross: shape tells, not colour alone", () => {
  const [neural, words] = MAIL_REPORT.candidates;
  const missing = { ...MAIL_REPORT, candidates: [{ ...neural!, floor: "misses" as const }, words!] };
  const document = parsed(choicePlot(missing, WIDE));
  expect(document.querySelectorAll("circle")).toHaveLength(2);
  expect([...document.querySelectorAll("circle")].map((circle) => circle.getAttribute("r"))).toEqual([
    "10.5",
    "6.5",
  ]);
  expect(
    document.querySelectorAll('[stroke="var(--miss)"] path, path[stroke="var(--miss)"]').length,
  ).toBeGreaterThan(0);
});

test("a label from data is text, never an element", () => {
  const [neural, words] = MAIL_REPORT.candidates;
  const svg = choicePlot(
    {
      ...MAIL_REPORT,
      title: "<b>",
      candidates: [{ ...neural!, label: "<script>alert(1)</script>" }, words!],
    },
    WIDE,
  );
  expect(svg).not.toMatch(/<script|<b>/);
  expect(parsed(svg).querySelector("svg").textContent).toContain("<script>alert(1)</script>");
});

test("a candidate whose quality is no number is left out of the drawing", () => {
  const [neural, words] = MAIL_REPORT.candidates;
  const median = { low: Number.NaN, value: Number.NaN, high: Number.NaN };
  const lost = { ...neural!, quality: { ...neural!.quality, median } };
  const svg = choicePlot({ ...MAIL_REPORT, candidates: [lost, words!] }, WIDE);
  expect(svg).not.toContain("NaN");
  expect(svg).not.toContain("MiniLM");
  expect(svg).toContain("picked: 97.0 %");
});

test("without energy there is nothing to draw", () => {
  const candidates = MAIL_REPORT.candidates.map((one) => ({
    ...one,
    energy: { ...one.energy, status: "unavailable" as const },
  }));
  expect(choicePlot({ ...MAIL_REPORT, candidates }, WIDE)).toBeUndefined();
  expect(choicePlot({ ...MAIL_REPORT, candidates: [] }, WIDE)).toBeUndefined();
});
