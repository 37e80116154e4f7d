/** HTML to the text a reader sees, by patterns: enough for mails and never failing, where a full parser (WHATWG HTML, 13.2) would cost more than it finds. */

/** Elements whose content nobody reads. Unclosed ones hide nothing here: mails often forget the end of their head. */
const HIDDEN = /<(script|style|head|title)\b[^>]*>[\s\S]*?<\/\1\s*>/gi;
const COMMENT = /<!--[\s\S]*?-->/g;
/** Elements that stand on lines of their own, so that words on both sides stay apart. */
const BLOCK =
  /<\/?(?:address|article|blockquote|br|center|dd|div|dl|dt|form|h[1-6]|hr|li|ol|option|p|pre|table|tbody|td|tfoot|th|thead|tr|ul)\b[^>]*>/gi;
const TAG = /<\/?[a-z!?][^>]*>?/gi;
const ENTITY = /&(?:#(\d{1,7})(?!\d)|#x([0-9a-f]{1,6})(?![0-9a-f])|([a-z]{2,8}));?/gi;

/** The named entities that mails use; others stay as they are written. */
const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  bull: "•",
  cent: "¢",
  copy: "©",
  euro: "€",
  gt: ">",
  hellip: "…",
  laquo: "«",
  ldquo: "“",
  lsquo: "‘",
  lt: "<",
  mdash: "—",
  middot: "·",
  nbsp: " ",
  ndash: "–",
  pound: "£",
  quot: '"',
  raquo: "»",
  rdquo: "”",
  reg: "®",
  rsquo: "’",
  trade: "™",
};

/** The beginnings by which browsers know HTML that nothing declares as such (WHATWG MIME Sniffing, 7.1). */
const BEGINNING =
  /^\s*<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[\s>-]/i;

export const looksLikeHtml = (text: string): boolean => BEGINNING.test(text);

export const htmlText = (html: string): string =>
  html
    .replaceAll(COMMENT, " ")
    .replaceAll(HIDDEN, " ")
    .replaceAll(BLOCK, "\n")
    // Other tags may lie within a word: sp<b>am</b>.
    .replaceAll(TAG, "")
    .replaceAll(ENTITY, entity);

function entity(written: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? written;
  const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
  const isScalar = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isScalar ? String.fromCodePoint(code) : " ";
}
