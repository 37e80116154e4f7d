/** Text in columns of a terminal. East Asian and emoji characters take two, after Unicode TR11; a drawing uses the same count. */
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60]|\ufe0f/u;

const split = (text: string): string[] => [...graphemes.segment(text)].map(({ segment }) => segment);
const widthOf = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1);

export const displayWidth = (text: string): number =>
  split(text).reduce((sum, grapheme) => sum + widthOf(grapheme), 0);

/** At most `columns` wide; what is cut off leaves "…". */
export function clip(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const grapheme of split(text)) {
    width += widthOf(grapheme);
    if (width > columns - 1) break;
    kept += grapheme;
  }
  return `${kept.trimEnd()}…`;
}

export const pad = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - displayWidth(text)));

/** Lines of at most `columns`, broken at spaces; a longer word is cut into pieces. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((each) => pieces(each, columns))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && displayWidth(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

function pieces(word: string, columns: number): readonly string[] {
  if (displayWidth(word) <= columns) return [word];
  const parts: string[] = [];
  let part = "";
  for (const grapheme of split(word)) {
    if (displayWidth(part + grapheme) > columns && part !== "") {
      parts.push(part);
      part = "";
    }
    part += grapheme;
  }
  return [...parts, part];
}
