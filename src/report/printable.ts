/**
 * Controls could move a terminal's cursor, formatting marks could turn a name around (Unicode TR36, 3.2), and half of a
 * surrogate pair has no UTF-8 form. All become U+FFFD, line breaks and runs of spaces become one space.
 */
export const printable = (text: string): string =>
  text
    .replaceAll(/[\t-\r \u2028\u2029]+/g, " ")
    .replaceAll(/[\p{Control}\p{Surrogate}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
