/** Lines of word/TAG, as the Brown corpus has them, as rows of tokens and tags. */
import { badRow, type DataTable, shortened } from "../../formats/data/data-table.ts";

/** Tags hold no slash: the last one of a word parts the two. */
const TAGGED = /^(.+)\/([^/\s]+)$/;

/** undefined for lines that are plain text. @throws "bad-data" for a word without a tag between tagged ones. */
export function taggedLines(table: DataTable): DataTable | undefined {
  if (table.format !== "lines") return undefined;
  const lines = table.rows.map(({ at, values }) => ({ at, words: wordsOf(values["text"] as string) }));
  const [first] = lines;
  if (!first!.words.every((word) => TAGGED.test(word))) return undefined;
  const rows = lines.map(({ at, words }) => {
    const pairs = words.map((word, place) => TAGGED.exec(word) ?? untagged(table.name, at, words, place));
    return { at, values: { tokens: pairs.map((pair) => pair[1]!), tags: pairs.map((pair) => pair[2]!) } };
  });
  return { ...table, columns: ["tokens", "tags"], rows };
}

const wordsOf = (line: string): readonly string[] => line.trim().split(/\s+/);

function untagged(name: string, line: number, words: readonly string[], place: number): never {
  throw badRow(
    name,
    `line ${line}, word ${place + 1}`,
    `"${shortened(words[place]!)}" has no tag, and the lines before it are written word/TAG`,
    `add one, for instance: ${shortened(`${words[place]}/TAG`)}`,
  );
}
