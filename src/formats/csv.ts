/** Comma-separated values as in RFC 4180, section 2. */

export interface CsvRecord {
  /** Line of the file on which the record begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** The quote of its last cell was never closed. */
  readonly open: boolean;
}

/** Blank lines are no records; LF and CRLF end one; a quote inside a cell without quotes is a character. @param separator one character. */
export function* csvRecords(text: string, separator: string = ","): Generator<CsvRecord, void, undefined> {
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const began = line;
    const cells: string[] = [];
    let open = false;
    let quoted = false;
    for (;;) {
      let cell = "";
      if (text[at] === '"') {
        quoted = true;
        open = true;
        at++;
        while (at < text.length) {
          const quote = text.indexOf('"', at);
          const piece = text.slice(at, quote < 0 ? text.length : quote);
          cell += piece;
          line += piece.split("\n").length - 1;
          at = quote < 0 ? text.length : quote + 1;
          if (quote < 0) break;
          if (text[at] !== '"') {
            open = false;
            break;
          }
          cell += '"';
          at++;
        }
      }
      const start = at;
      while (at < text.length && text[at] !== separator && text[at] !== "\n") at++;
      cell += text.slice(start, text[at] === "\n" && text[at - 1] === "\r" && at > start ? at - 1 : at);
      cells.push(cell);
      if (text[at] !== separator) break;
      at++;
    }
    at++;
    line++;
    if (cells.length > 1 || cells[0] !== "" || quoted) yield { line: began, cells, open };
  }
}

export const csvLine = (cells: readonly (string | number | undefined)[]): string =>
  `${cells.map((cell) => quotedCell(cell)).join(",")}\n`;

function quotedCell(cell: string | number | undefined): string {
  const text = cell === undefined ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
