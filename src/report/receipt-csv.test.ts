import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { sampleReceipt } from "../../test/support/sample-receipt.ts";
import { CSV_COLUMNS, cellText, csvHeader, csvRow } from "./receipt-csv.ts";

/** RFC 4180 as a reader sees it. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted && char === '"' && text[at + 1] === '"') cell += text.charAt(at++);
    else if (char === '"') quoted = !quoted;
    else if (quoted || (char !== "," && char !== "\n")) cell += char;
    else {
      cells.push(cell);
      cell = "";
      if (char === ",") continue;
      rows.push(cells);
      cells = [];
    }
  }
  return rows;
}

test("a row has a cell for each column, numbers whole, absent ones empty", () => {
  const [names, cells] = parseCsv(csvHeader() + csvRow(sampleReceipt()));
  expect(cells).toHaveLength(names!.length);
  const row = Object.fromEntries(names!.map((name, index) => [name, cells![index]]));
  expect(row).toMatchObject({
    kind: "run",
    outcome: "failed",
    exit_code: "3",
    signal: "",
    energy_j: "39.6",
    energy_cpu_j: "36",
    energy_ram_j: "3.6",
    energy_gpu_j: "",
    energy_shared: "true",
    emissions_g: "0.000616",
    zone: "FR",
    work_count: "12",
    frugal_version: "0.1.0",
  });
});

test("a name with commas, quotes and line ends comes back as it was, unless it begins like a formula", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."a,\"\n\r=+-@'\t ") }), (name) => {
      const text = csvRow(sampleReceipt({ subject: { type: "command", id: name } }));
      const rows = parseCsv(text);
      expect(rows).toHaveLength(1);
      const cell = rows[0]![Object.keys(CSV_COLUMNS).indexOf("subject_id")]!;
      expect(cell).toBe(/^[=+\-@\t\r\n]/.test(name) ? `'${name}` : name);
    }),
  );
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])(
  "%j stays text in a spreadsheet",
  (formula) => {
    expect(cellText(formula).replaceAll('"', "")).toMatch(/^'/);
  },
);

test("a negative number stays a number", () => {
  expect(cellText(-1.5)).toBe("-1.5");
});

test("docs/ledger.md explains every column, in order", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/ledger.md"), "utf8");
  const explained = [...page.matchAll(/^\| `([a-z_0-9, `]+)` +\|/gm)].flatMap(([, names]) =>
    names!.split(/[`, ]+/).filter((name) => name in CSV_COLUMNS),
  );
  expect(explained).toEqual(Object.keys(CSV_COLUMNS));
});
