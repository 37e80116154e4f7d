/** Lines of one word and its tag each, sentences apart by a blank line (CoNLL-2003, "Language-Independent Named Entity Recognition"). */
import { badRow, type DataRow, type DataTable, shortened } from "../../formats/data/data-table.ts";

const SPAN_TAG = /^(?:O|[BI]-\S+)$/;
/** Begins a document in files of CoNLL-2003; no word. */
const DOCUMENT = "-DOCSTART-";
/** So many lines show what a file is. */
const LOOKED_AT = 20;

interface Word {
  readonly at: number;
  readonly columns: readonly string[];
}

/** The first column is the word, the last its tag. undefined for other lines. @throws "bad-data" for a line without a tag between tagged ones. */
export function conllLines(table: DataTable): DataTable | undefined {
  if (table.format !== "lines") return undefined;
  const words = table.rows
    .map(({ at, values }): Word => ({ at, columns: (values["text"] as string).trim().split(/\s+/) }))
    .filter(({ columns }) => columns[0] !== DOCUMENT);
  if (words.length === 0 || !words.slice(0, LOOKED_AT).every(isTagged)) return undefined;
  const rows: DataRow[] = [];
  let sentence: Word[] = [];
  for (const [at, word] of words.entries()) {
    if (!isTagged(word)) {
      throw badRow(
        table.name,
        `line ${word.at}`,
        `"${shortened(word.columns.join(" "))}" is no word with a tag, as the lines before it are`,
        `write it as, for instance: ${shortened(`${word.columns[0]} O`)}`,
      );
    }
    sentence.push(word);
    // Blank lines are no rows: a sentence ends where a line is missing.
    if (words[at + 1]?.at === word.at + 1) continue;
    rows.push({
      at: sentence[0]!.at,
      values: {
        tokens: sentence.map(({ columns }) => columns[0]!),
        tags: sentence.map(({ columns }) => columns.at(-1)!),
      },
    });
    sentence = [];
  }
  return { ...table, columns: ["tokens", "tags"], rows };
}

const isTagged = ({ columns }: Word): boolean => columns.length >= 2 && SPAN_TAG.test(columns.at(-1)!);
