/** Objects as rows: one a line (JSON Lines), or all in one array. */

import { badRow, type DataRow, type DataTable, dataTable, shortened } from "./data-table.ts";
import { jsonProblem, repairedJson } from "./json-problem.ts";

/** What the file is shows its first character, not its name. @throws "bad-data" with line, column and a repaired example; "empty-input". */
export function jsonTable(name: string, text: string): DataTable {
  const rows = text.trimStart().startsWith("[") ? arrayRows(name, text) : lineRows(name, text);
  return dataTable(name, "json", rows);
}

function lineRows(name: string, text: string): DataRow[] {
  return text.split("\n").flatMap((line, at) => (line.trim() === "" ? [] : [jsonRow(name, at + 1, 1, line)]));
}

/** Elements are cut apart first, so that each has its line and one that is broken is named alone. */
function arrayRows(name: string, text: string): DataRow[] {
  const rows: DataRow[] = [];
  let [line, lineStart] = [1, 0];
  let [depth, start, startLine, startColumn] = [0, -1, 1, 1];
  const finish = (end: number): void => {
    const element = text.slice(start, end);
    if (start >= 0 && element.trim() !== "") rows.push(jsonRow(name, startLine, startColumn, element));
    start = -1;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\n") {
      line++;
      lineStart = at + 1;
    }
    if (start < 0 && depth === 1 && !/[\s,\]]/.test(char)) {
      [start, startLine, startColumn] = [at, line, at - lineStart + 1];
    }
    if (char === '"') {
      // A line break ends a text as well: one that was never closed must not swallow the rows behind it.
      for (at++; at < text.length && text[at] !== '"' && text[at] !== "\n"; at++) if (text[at] === "\\") at++;
      if (text[at] === "\n") at--;
    } else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") {
      depth--;
      if (depth === 0) finish(at);
    } else if (char === "," && depth === 1) finish(at);
  }
  if (depth > 0) {
    finish(text.length);
    throw badRow(
      name,
      `line ${line}`,
      "its list is never closed",
      "add ] at the end; the file may have been cut off",
    );
  }
  return rows;
}

/** @param line,column where `text` begins in the file. */
function jsonRow(name: string, line: number, column: number, text: string): DataRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    const { offset, reason } = jsonProblem(text) ?? { offset: 0, reason: "it is not JSON" };
    const before = text.slice(0, offset).split("\n");
    const place = `line ${line + before.length - 1}, column ${before.at(-1)!.length + (before.length > 1 ? 1 : column)}`;
    const repaired = repairedJson(text);
    throw badRow(
      name,
      place,
      reason,
      repaired === undefined
        ? 'write each example as one JSON object, for instance: {"text": "…", "label": "…"}'
        : `perhaps this was meant: ${shortened(repaired)}`,
      thrown,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw badRow(
      name,
      `line ${line}`,
      `it holds ${shortened(JSON.stringify(value))} instead of an object`,
      'write each example as one JSON object, for instance: {"text": "…", "label": "…"}',
    );
  }
  return { at: line, values: value as Readonly<Record<string, unknown>> };
}
