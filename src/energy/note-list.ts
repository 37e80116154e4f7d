/** Sentences without repeats; a repeated one is counted: `… (4 times)`. */
export interface NoteList {
  add(text: string): void;
  all(): readonly string[];
}

/** Different sentences that are kept: notes end in receipts, which must stay small whatever fails. */
const MOST_NOTES = 20;

export function noteList(): NoteList {
  const counts = new Map<string, number>();
  return {
    add(text) {
      const known = counts.get(text);
      if (known !== undefined || counts.size < MOST_NOTES) counts.set(text, (known ?? 0) + 1);
    },
    all: () => [...counts].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`)),
  };
}
