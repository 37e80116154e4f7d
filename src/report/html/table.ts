import { html, type Markup, NOTHING, type Part } from "./markup.ts";

export interface TableOptions {
  readonly caption: Part;
  readonly columns: readonly string[];
  /** The first cell of a row is its heading. */
  readonly rows: readonly TableRow[];
  /** "cards": on a narrow page each row stands as a block with its column names. "plain": the table scrolls. */
  readonly look: "cards" | "plain";
}

export interface TableRow {
  readonly cells: readonly Part[];
  readonly isPicked?: boolean;
}

/** Roles are spelled out, because a table whose rows become blocks would lose its own in some browsers. */
export function table({ caption, columns, rows, look }: TableOptions): Markup {
  const heads = columns.map((title) => html`<th role="columnheader" scope="col">${title}</th>`);
  const body = rows.map(({ cells, isPicked }) => {
    const [heading = "", ...rest] = cells;
    const others = rest.map(
      (cell, at) => html`<td role="cell" data-label="${columns[at + 1] ?? ""}"><div>${cell}</div></td>`,
    );
    return html`<tr role="row"${isPicked ? html` class="picked"` : NOTHING}><th role="rowheader" scope="row">${heading}</th>${others}</tr>
`;
  });
  return html`<div class="scroll" role="group" tabindex="0"><table role="table" class="${look}">
<caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${heads}</tr></thead>
<tbody role="rowgroup">
${body}</tbody></table></div>
`;
}

/** Terms with their descriptions; undefined rows are left out. */
export const facts = (rows: readonly (readonly [term: string, description: Part] | undefined)[]): Markup =>
  html`<dl>${rows.map((row) =>
    row === undefined
      ? NOTHING
      : html`<dt>${row[0]}</dt><dd>${row[1]}</dd>
`,
  )}</dl>
`;

export const bullets = (items: readonly Part[]): Markup =>
  items.length === 0
    ? NOTHING
    : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>
`;
